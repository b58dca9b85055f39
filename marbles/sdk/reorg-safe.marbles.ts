import { reorgSafe } from "../../src/sdk/index.js";
import { pipelineTable } from "../../src/testing/index.js";
import { block, disconnected } from "./events.js";

const values = {
  a: block("0a", 1),
  b: block("0b", 2),
  c: block("0c", 3),
  x: disconnected("0c", 3),
  y: disconnected("0b", 2),
  q: block("1b", 2),
  r: block("1c", 3),
};

export default pipelineTable(
  "reorgSafe(2) lets pass no block that is taken back later",
  (events$) => events$.pipe(reorgSafe(2)),
  [
    {
      name: "holds one block as long as it is the tip",
      shows: "one",
      source: "-a-|",
      values,
      expected: "---|",
    },
    {
      name: "lets each block pass when the next one stands on it",
      shows: "many",
      source: "  -a-b-c|",
      values,
      expected: "---a-b|",
    },
    {
      name: "leaves out a block that left the best chain in time",
      source: "  -a-b-y-q-r|",
      values,
      expected: "---a-----q|",
    },
    {
      name: "ends with REORG_TOO_DEEP rather than break its promise",
      source: "  -a-b-c-x-y-q",
      values,
      expected: "---a-b---#",
      errorCode: "REORG_TOO_DEEP",
      subscribed: "^--------!",
    },
    { name: "waits with a silent source", shows: "never", source: "---", expected: "---", subscribed: "^--" },
    { name: "completes with an empty source", shows: "empty", source: "--|", expected: "--|" },
    { name: "passes on an error at once", shows: "error", source: "-a-#", values, expected: "---#" },
    {
      name: "leaves its source with its subscriber",
      shows: "early unsubscribe",
      source: "     -a-b-c|",
      values,
      expected: "   ---a---",
      unsubscribes: "----!",
      subscribed: " ^---!",
    },
  ],
);
