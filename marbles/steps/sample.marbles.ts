import { stepTable } from "../../src/testing/index.js";

const options = { every: "5ms" };

export default stepTable("sample", "A sample lets the newest item pass at each tick", [
  {
    name: "lets one item pass at the next tick",
    shows: "one",
    options,
    source: "-a------|",
    expected: "-----a--|",
  },
  {
    name: "lets the newest item since the last tick pass, and nothing where none came",
    shows: "many",
    options,
    source: "-ab--c-d--------e----|",
    expected: "-----b----d---------e|",
    counts: { in: 5, out: 3, dropped: 2, errors: 0, held: 0 },
  },
  {
    name: "keeps an item that comes at a tick for the next one",
    options,
    source: "-a---b-----|",
    expected: "-----a----b|",
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
    expected: "-----x-|",
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
