import { confirmed } from "../../src/sdk/index.js";
import { pipelineTable } from "../../src/testing/index.js";
import { block, disconnected, transaction } from "./events.js";

const values = {
  a: block("0a", 1),
  b: block("0b", 2),
  c: block("0c", 3),
  d: block("0d", 4),
  x: disconnected("0c", 3),
  y: disconnected("0b", 2),
  q: block("1b", 2),
  r: block("1c", 3),
  s: block("1d", 4),
  t: transaction("aa"),
};
const [A, B, C, Q] = [values.a, values.b, values.c, values.q].map((event) => ({ kind: "confirmed", event }));
const Y = { kind: "retracted", event: values.b };
const outputs = { A, B, C, Q, Y };

export default pipelineTable(
  "confirmed(2) tells blocks that are two deep, and takes them back",
  (events$) => events$.pipe(confirmed(2)),
  [
    {
      name: "holds one block as long as it is the tip",
      shows: "one",
      source: "-a-|",
      values,
      expected: "---|",
    },
    {
      name: "tells each block when the next one stands on it",
      shows: "many",
      source: "  -a-bt-c-d-|",
      values,
      expected: "---A--B-C-|",
      outputs,
    },
    {
      name: "forgets a block without a word when it leaves the best chain before it is deep enough",
      source: "  -a-b-y-q-r|",
      values,
      expected: "---A-----Q|",
      outputs,
    },
    {
      name: "takes back a block that was deep enough, before it tells what took its place",
      source: "  -a-b-c-x-y-q-r-|",
      values,
      expected: "---A-B---Y---Q-|",
      outputs,
    },
    {
      name: "takes the old branch off where a block comes at a known height and no word of the old one came",
      source: "  -a-b-c-q---|",
      values,
      expected: "---A-B-Y---|",
      outputs,
    },
    {
      name: "tells all that a higher block makes deep enough when blocks between them were lost",
      source: "  -a-b---d--|",
      values,
      expected: "---A---B--|",
      outputs,
    },
    { name: "waits with a silent source", shows: "never", source: "---", expected: "---", subscribed: "^--" },
    {
      name: "completes with an empty source",
      shows: "empty",
      source: "--|",
      expected: "--|",
      subscribed: "^-!",
    },
    { name: "passes on an error at once", shows: "error", source: "-a-#", values, expected: "---#" },
    {
      name: "leaves its source with its subscriber",
      shows: "early unsubscribe",
      source: "     -a-b-c|",
      values,
      expected: "   ---A---",
      outputs,
      unsubscribes: "----!",
      subscribed: " ^---!",
    },
  ],
);
