import { stepTable } from "../../src/testing/index.js";

const [one, two] = ["1".repeat(64), "2".repeat(64)];
const events = {
  a: { type: "NewBlock", payload: { block_hash: one, height: 1 } },
  b: { type: "NewBlock", payload: { block_hash: two, height: 2 } },
  x: { type: "BlockDisconnected", payload: { hash: one, height: 1 } },
  y: { type: "BlockDisconnected", payload: { hash: two, height: 2 } },
} as const;
const input = { kind: "event", types: ["NewBlock"] } as const;
const options = { tumbling: "9ms", reorg: "retract" };

export default stepTable(
  "window",
  "A window takes back blocks that left the best chain, where that was asked for",
  [
    {
      name: "takes back the block that left, and counts it as dropped",
      options,
      events,
      input,
      source: "-a-b-------|",
      others: "-----y-----",
      expected: "---------l-|",
      outputs: { l: ["a"] },
      counts: { in: 2, out: 1, dropped: 1, held: 0 },
    },
    {
      name: "keeps a block that left and came back",
      options,
      events,
      input,
      source: "-a---a-----|",
      others: "---x-------",
      expected: "---------l-|",
      outputs: { l: ["a"] },
      counts: { in: 2, dropped: 1 },
    },
    {
      name: "emits nothing when every block left",
      options,
      events,
      input,
      source: "-ab--------|",
      others: "----yx-----",
      expected: "-----------|",
      counts: { in: 2, out: 0, dropped: 2, held: 0 },
    },
    {
      name: "leaves a list as it is that was emitted before its block left",
      options: { count: 1, reorg: "retract" },
      events,
      input,
      source: "-a------|",
      others: "---x----",
      expected: "-l------|",
      outputs: { l: ["a"] },
      counts: { out: 1, dropped: 0 },
    },
    {
      name: "keeps blocks that left where nothing else was asked for",
      options: { tumbling: "9ms" },
      events,
      input,
      source: "-a-b-------|",
      others: "-----y-----",
      expected: "---------l-|",
      outputs: { l: ["a", "b"] },
      counts: { in: 2, dropped: 0 },
    },
  ],
);
