import { stepTable } from "../../src/testing/index.js";

const options = { quiet: "3ms" };

export default stepTable("debounce", "A debounce waits for silence and lets the newest item pass", [
  {
    name: "lets one item pass when it was quiet long enough",
    shows: "one",
    options,
    source: "-a------|",
    expected: "----a---|",
  },
  {
    name: "lets the newest item of each burst pass and drops the others",
    shows: "many",
    options,
    source: "-ab-c-----d-e------|",
    expected: "-------c-------e---|",
    counts: { in: 5, out: 2, dropped: 3, errors: 0, held: 0 },
  },
  {
    name: "lets the newest item pass after the longest time, though there was no silence",
    options: { quiet: "3ms", longest: "6ms" },
    source: "-a-b-c-d-e------|",
    expected: "-------c----e---|",
    counts: { in: 5, out: 2, dropped: 3, held: 0 },
  },
  {
    name: "takes an item that comes at the end of the silence for the next burst",
    options,
    source: "-a--b-----|",
    expected: "----a--b--|",
  },
  {
    name: "lets the item that it holds go when its source completes",
    options,
    source: "-ab|",
    expected: "---(b|)",
    counts: { in: 2, out: 1, dropped: 1, held: 0 },
  },
  {
    name: "waits for ever with a source that is silent",
    shows: "never",
    options,
    source: "---",
    expected: "---",
    subscribed: "^--",
  },
  {
    name: "completes with an empty source",
    shows: "empty",
    options,
    source: "---|",
    expected: "---|",
    subscribed: "^--!",
  },
  {
    name: "passes on the error of its source, and counts what it held as dropped",
    shows: "error",
    options,
    source: "-a-#",
    expected: "---#",
    counts: { in: 1, out: 0, dropped: 1, held: 0 },
  },
  {
    name: "leaves its source and lets nothing go when its subscriber leaves",
    shows: "early unsubscribe",
    options,
    source: "-a---a-|",
    expected: "--------",
    unsubscribes: "---!",
    subscribed: "^--!",
    counts: { out: 0, held: 0 },
  },
  {
    name: "calls nothing: a value whose parts throw when they are looked at passes",
    shows: "throwing callback",
    options,
    values: { x: throwing() },
    source: "-x-----|",
    expected: "----x--|",
    counts: { errors: 0 },
  },
]);

function throwing(): object {
  return {
    get anything() {
      throw new Error("nobody may look here");
    },
  };
}
