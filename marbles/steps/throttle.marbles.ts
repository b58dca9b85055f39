import { stepTable } from "../../src/testing/index.js";

const options = { every: "5ms" };
const last = { every: "5ms", keep: "last" };

export default stepTable("throttle", "A throttle lets at most one item pass in each interval", [
  {
    name: "lets one item pass at once",
    shows: "one",
    options,
    source: "--a--|",
    expected: "--a--|",
  },
  {
    name: "lets the first item of each interval pass and drops the others",
    shows: "many",
    options,
    source: "-ab--cd-e---f-|",
    expected: "-a----d-----f-|",
    counts: { in: 6, out: 3, dropped: 3, errors: 0, held: 0 },
  },
  {
    name: "lets the last item of each interval pass at its end",
    options: last,
    source: "-ab-------cde---|",
    expected: "------b--------e|",
    counts: { in: 5, out: 2, dropped: 3, held: 0 },
  },
  {
    name: "begins a new interval with an item that comes at the end of one",
    options: last,
    source: "-a----b------|",
    expected: "------a----b-|",
  },
  {
    name: "lets the item that it holds go when its source completes",
    options: last,
    source: "-ab--|",
    expected: "-----(b|)",
    counts: { in: 2, out: 1, dropped: 1, held: 0 },
  },
  {
    name: "waits for ever with a source that is silent",
    shows: "never",
    options: last,
    source: "---",
    expected: "---",
    subscribed: "^--",
  },
  {
    name: "completes with an empty source",
    shows: "empty",
    options: last,
    source: "---|",
    expected: "---|",
    subscribed: "^--!",
  },
  {
    name: "passes on the error of its source, and counts what it held as dropped",
    shows: "error",
    options: last,
    source: "-a-#",
    expected: "---#",
    counts: { in: 1, out: 0, dropped: 1, held: 0 },
  },
  {
    name: "leaves its source and lets nothing go when its subscriber leaves",
    shows: "early unsubscribe",
    options: last,
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
    source: "-x-|",
    expected: "-x-|",
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
