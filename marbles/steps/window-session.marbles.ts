import { stepTable } from "../../src/testing/index.js";

const options = { session: "3ms" };

export default stepTable("window", "A session window makes a list of what comes without a silence between", [
  {
    name: "ends with the silence, and begins with the next item",
    options,
    source: "-ab-c------d----|",
    expected: "-------x------y-|",
    outputs: { x: ["a", "b", "c"], y: ["d"] },
    counts: { in: 4, out: 2, dropped: 0, held: 0 },
  },
  {
    name: "takes what comes at the end of the silence for the next list",
    options,
    source: "-a--b-----|",
    expected: "----x--y--|",
    outputs: { x: ["a"], y: ["b"] },
  },
  {
    name: "ends after the longest time, though there was no silence",
    options: { session: "3ms", longest: "4ms" },
    source: "-a-b-c-d------|",
    expected: "-----x---y----|",
    outputs: { x: ["a", "b"], y: ["c", "d"] },
  },
  {
    name: "emits at once when it is full",
    options: { session: "3ms", max: 2 },
    source: "-abc-----|",
    expected: "--x---y--|",
    outputs: { x: ["a", "b"], y: ["c"] },
    counts: { in: 3, dropped: 0 },
  },
  {
    name: "drops when it is full and that was asked for, and items that are dropped keep it open",
    options: { session: "3ms", max: 1, when_full: "drop_newest" },
    source: "-a-b-c------|",
    expected: "--------x---|",
    outputs: { x: ["a"] },
    counts: { in: 3, dropped: 2 },
  },
  {
    name: "emits what it holds when its source completes",
    options,
    source: "-ab|",
    expected: "---(x|)",
    outputs: { x: ["a", "b"] },
  },
]);
