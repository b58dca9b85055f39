import { ofType } from "../../src/sdk/index.js";
import { pipelineTable } from "../../src/testing/index.js";
import { block, transaction } from "./events.js";

const values = { b: block("01", 1), t: transaction("aa") };

export default pipelineTable(
  "ofType lets pass the named types",
  (events$) => events$.pipe(ofType("NewBlock")),
  [
    {
      name: "lets one event of its type pass at once",
      shows: "one",
      source: "--b|",
      values,
      expected: "--b|",
    },
    {
      name: "keeps the order and leaves out the others",
      shows: "many",
      source: "  -bt(tbb)-t|",
      values,
      expected: "-b-(bb)--- |",
    },
    { name: "waits with a silent source", shows: "never", source: "---", expected: "---", subscribed: "^--" },
    {
      name: "completes with an empty source",
      shows: "empty",
      source: "--|",
      expected: "--|",
      subscribed: "^-!",
    },
    { name: "passes on an error", shows: "error", source: "-b-#", values, expected: "-b-#" },
    {
      name: "leaves its source with its subscriber",
      shows: "early unsubscribe",
      source: "     -b-b-b|",
      values,
      expected: "   -b-b---",
      unsubscribes: "----!",
      subscribed: " ^---!",
    },
  ],
);
