import { stepTable } from "../../src/testing/index.js";

export default stepTable("window", "A window of a count makes a list of so many items", [
  {
    name: "puts each item in one list",
    options: { count: 2 },
    source: "-abcd-|",
    expected: "--x-y-|",
    outputs: { x: ["a", "b"], y: ["c", "d"] },
    counts: { in: 4, out: 2, dropped: 0, held: 0 },
  },
  {
    name: "emits the last items again whenever so many more have come",
    options: { count: 3, every: 1 },
    source: "-abcd-|",
    expected: "---xy-|",
    outputs: { x: ["a", "b", "c"], y: ["b", "c", "d"] },
    counts: { in: 4, out: 2, dropped: 0, held: 0 },
  },
  {
    name: "emits a shorter list when its source completes with items that no list held",
    options: { count: 3 },
    source: "-abcd|",
    expected: "---x-(y|)",
    outputs: { x: ["a", "b", "c"], y: ["d"] },
  },
  {
    name: "emits nothing when its source completes and lists held everything",
    options: { count: 3, every: 1 },
    source: "-abc-|",
    expected: "---x-|",
    outputs: { x: ["a", "b", "c"] },
  },
  {
    name: "waits for its items however long it takes",
    options: { count: 2 },
    source: "-a 43200m b-|",
    expected: "- 43200m -x-|",
    outputs: { x: ["a", "b"] },
  },
]);
