import { stepTable } from "../../src/testing/index.js";

const options = { by: "3ms" };

export default stepTable("delay", "A delay lets each item pass later", [
  {
    name: "lets one item pass when its time has come",
    shows: "one",
    options,
    source: "-a------|",
    expected: "----a---|",
  },
  {
    name: "keeps the order and the distances",
    shows: "many",
    options,
    source: "-ab-c-----d----|",
    expected: "----ab-c-----d-|",
    counts: { in: 4, out: 4, dropped: 0, errors: 0, held: 0 },
  },
  {
    name: "drops the newest item, never one that it holds, when it is full",
    options: { by: "5ms", max: 2 },
    source: "-abcd----e------|",
    expected: "------ab------e-|",
    counts: { in: 5, out: 3, dropped: 2, held: 0 },
  },
  {
    name: "drops the oldest item when it is full and that was asked for",
    options: { by: "5ms", max: 2, when_full: "drop_oldest" },
    source: "-abcd----e------|",
    expected: "--------cd----e-|",
    counts: { in: 5, out: 3, dropped: 2, held: 0 },
  },
  {
    name: "has room for an item that comes when another one's time has come",
    options: { by: "5ms", max: 1 },
    source: "-a----b------|",
    expected: "------a----b-|",
    counts: { dropped: 0 },
  },
  {
    name: "lets what it holds go in order when its source completes",
    options,
    source: "-ab|",
    expected: "---(ab|)",
    counts: { in: 2, out: 2, dropped: 0, held: 0 },
  },
  {
    name: "waits longer than one timer can",
    options: { by: "30d" },
    source: "a 43200m -|",
    expected: "43200m a-|",
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
    name: "passes on the error of its source at once, and counts what it held as dropped",
    shows: "error",
    options,
    source: "-ab#",
    expected: "---#",
    counts: { in: 2, out: 0, dropped: 2, held: 0 },
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
