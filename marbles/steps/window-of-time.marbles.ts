import { stepTable } from "../../src/testing/index.js";

const options = { tumbling: "5ms" };

export default stepTable("window", "A tumbling window makes lists of what comes within times side by side", [
  {
    name: "makes a list of one item at the end of its window",
    shows: "one",
    options,
    source: "--a----|",
    expected: "-----x-|",
    outputs: { x: ["a"] },
  },
  {
    name: "puts each item in one list, and what comes at the end of a window in the next one",
    shows: "many",
    options,
    source: "-ab--c-d---|",
    expected: "-----x----y|",
    outputs: { x: ["a", "b"], y: ["c", "d"] },
    counts: { in: 4, out: 2, dropped: 0, errors: 0, held: 0 },
  },
  {
    name: "emits nothing for windows in which nothing came",
    options,
    source: "-a------------b----|",
    expected: "-----x---------y---|",
    outputs: { x: ["a"], y: ["b"] },
  },
  {
    name: "emits the empty list where that was asked for",
    options: { tumbling: "5ms", emit_empty: true },
    source: "-a------------|",
    expected: "-----x----y---|",
    outputs: { x: ["a"], y: [] },
  },
  {
    name: "emits at once when it is full, and goes on empty until the end of the window",
    options: { tumbling: "5ms", max: 2 },
    source: "-abc-----|",
    expected: "--x--y---|",
    outputs: { x: ["a", "b"], y: ["c"] },
    counts: { in: 3, dropped: 0 },
  },
  {
    name: "drops the newest item when it is full and that was asked for",
    options: { tumbling: "5ms", max: 2, when_full: "drop_newest" },
    source: "-abc-----|",
    expected: "-----x---|",
    outputs: { x: ["a", "b"] },
    counts: { in: 3, dropped: 1, held: 0 },
  },
  {
    name: "drops the oldest item when it is full and that was asked for",
    options: { tumbling: "5ms", max: 2, when_full: "drop_oldest" },
    source: "-abc-----|",
    expected: "-----x---|",
    outputs: { x: ["b", "c"] },
    counts: { in: 3, dropped: 1, held: 0 },
  },
  {
    name: "emits what it holds when its source completes",
    options,
    source: "-ab|",
    expected: "---(x|)",
    outputs: { x: ["a", "b"] },
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
    name: "completes with an empty source, without a list",
    shows: "empty",
    options,
    source: "---|",
    expected: "---|",
    subscribed: "^--!",
  },
  {
    name: "passes on the error of its source, emits nothing, and counts what it held as dropped",
    shows: "error",
    options,
    source: "-ab#",
    expected: "---#",
    counts: { in: 2, out: 0, dropped: 2, held: 0 },
  },
  {
    name: "leaves its source and emits nothing when its subscriber leaves",
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
    values: {
      x: {
        get anything() {
          throw new Error("nobody may look here");
        },
      },
    },
    source: "-x-----|",
    expected: "-----y-|",
    outputs: { y: ["x"] },
    counts: { errors: 0 },
  },
]);
