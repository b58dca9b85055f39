import { rateOf } from "../../src/sdk/index.js";
import { pipelineTable } from "../../src/testing/index.js";

const rate = (count: number, perSecond: number) => ({ count, perSecond });
const outputs = {
  0: rate(0, 0),
  1: rate(1, 500),
  2: rate(1, 250),
  4: rate(2, 500),
  5: rate(3, 750),
};

export default pipelineTable(
  "rateOf counts the items of the last 4 ms every 2 ms",
  (items$, scheduler) => items$.pipe(rateOf({ windowMs: 4, everyMs: 2 }, scheduler)),
  [
    {
      name: "tells one item while it is in the window, and zero afterwards",
      shows: "one",
      source: "  -a-------|",
      expected: "--1-2-0-0|",
      outputs,
    },
    {
      name: "adds up what came in the window",
      shows: "many",
      source: "  -a-b-cd--|",
      expected: "--1-4-5-4|",
      outputs,
    },
    {
      name: "tells zero of a silent source",
      shows: "never",
      source: "      -----",
      expected: "    --0-0",
      outputs,
      unsubscribes: "-----!",
      subscribed: "  ^----!",
    },
    { name: "completes with an empty source", shows: "empty", source: "-|", expected: "-|" },
    {
      name: "passes on an error and stops its timer",
      shows: "error",
      source: "---#",
      expected: "--0#",
      outputs,
    },
    {
      name: "stops its timer and leaves its source with its subscriber",
      shows: "early unsubscribe",
      source: "      -a--a--",
      expected: "    --1----",
      outputs,
      unsubscribes: "---!",
      subscribed: "  ^--!",
    },
  ],
);
