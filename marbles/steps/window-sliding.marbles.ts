import { stepTable } from "../../src/testing/index.js";

const options = { sliding: "6ms", every: "3ms" };

export default stepTable("window", "A sliding window makes a list of the last time at each tick", [
  {
    name: "has an item in each list whose time it came in",
    options,
    source: "-a-b-------------|",
    expected: "---x--y--z-------|",
    outputs: { x: ["a"], y: ["a", "b"], z: ["b"] },
    counts: { in: 2, out: 3, dropped: 0, held: 0 },
  },
  {
    name: "keeps what comes at a tick for the next list",
    options: { sliding: "3ms", every: "3ms" },
    source: "---a-----|",
    expected: "------x--|",
    outputs: { x: ["a"] },
  },
  {
    name: "emits empty lists where that was asked for",
    options: { sliding: "3ms", every: "3ms", emit_empty: true },
    source: "-a-------|",
    expected: "---x--y--|",
    outputs: { x: ["a"], y: [] },
  },
  {
    name: "drops the oldest item when it is full",
    options: { ...options, max: 2 },
    source: "abc------|",
    expected: "---x--y--|",
    outputs: { x: ["b", "c"], y: ["b", "c"] },
    counts: { in: 3, dropped: 1 },
  },
  {
    name: "drops the newest item when it is full and that was asked for",
    options: { sliding: "3ms", every: "3ms", max: 2, when_full: "drop_newest" },
    source: "abc------|",
    expected: "---x-----|",
    outputs: { x: ["a", "b"] },
    counts: { in: 3, dropped: 1 },
  },
  {
    name: "has room for a new item where the oldest one's time is over",
    options: { sliding: "4ms", every: "3ms", max: 1, when_full: "drop_newest" },
    source: "-a--b------|",
    expected: "---x--y----|",
    outputs: { x: ["a"], y: ["b"] },
    counts: { in: 2, dropped: 0 },
  },
  {
    name: "emits what no list held yet when its source completes",
    options,
    source: "-a--b|",
    expected: "---x-(y|)",
    outputs: { x: ["a"], y: ["a", "b"] },
  },
  {
    name: "emits nothing when its source completes and lists held everything",
    options,
    source: "-a--|",
    expected: "---x|",
    outputs: { x: ["a"] },
  },
]);
