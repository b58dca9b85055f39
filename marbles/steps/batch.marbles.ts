import { stepTable } from "../../src/testing/index.js";

const options = { size: 3, wait: "5ms" };

export default stepTable("batch", "A batch makes lists by size or by time", [
  {
    name: "lets a list of one go when its item has waited long enough",
    shows: "one",
    options,
    source: "-a-------|",
    expected: "------x--|",
    outputs: { x: ["a"] },
  },
  {
    name: "lets a list go when it has its size, or when its first item has waited long enough",
    shows: "many",
    options,
    source: "-abcd--e---f-----|",
    expected: "---x-----y------z|",
    outputs: { x: ["a", "b", "c"], y: ["d", "e"], z: ["f"] },
    counts: { in: 6, out: 3, dropped: 0, errors: 0, held: 0 },
  },
  {
    name: "waits for the last item where no time is given",
    options: { size: 2 },
    source: "-a 60m b-|",
    expected: "- 60m -x-|",
    outputs: { x: ["a", "b"] },
  },
  {
    name: "lets a list go before an item that would make it too large, and a larger item by itself",
    options: { size: 10, max_bytes: 8 },
    values: { s: "12", l: "a long text" },
    source: "-sssl---sss|",
    expected: "--x-(yl)-x-(z|)",
    outputs: { x: ["12", "12"], y: ["12"], l: ["a long text"], z: ["12"] },
    counts: { in: 7, dropped: 0, held: 0 },
  },
  {
    name: "lets what it holds go when its source completes",
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
    name: "passes on the error of its source, and counts what it held as dropped",
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
    options: { size: 1 },
    values: { x: throwing() },
    source: "-x-|",
    expected: "-y-|",
    outputs: { y: ["x"] },
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
