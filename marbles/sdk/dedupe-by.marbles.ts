import { dedupeBy } from "../../src/sdk/index.js";
import { pipelineTable } from "../../src/testing/index.js";

const keyOf = (item: string) => {
  if (item === "!") throw new Error("no key");
  return item.toLowerCase();
};

export default pipelineTable(
  "dedupeBy lets pass the first of each key within 5 ms, and remembers two keys",
  (items$, scheduler) => items$.pipe(dedupeBy(keyOf, { windowMs: 5, maxKeys: 2 }, scheduler)),
  [
    { name: "lets one item pass at once", shows: "one", source: "--a|", expected: "--a|" },
    {
      name: "leaves out a known key until the window of its first item is over",
      shows: "many",
      source: "  -aA-ba-A|",
      expected: "-a--b--A|",
    },
    {
      name: "counts the window from the first item, not from what it left out",
      source: "  -a--a-a--|",
      expected: "-a----a--|",
    },
    {
      name: "forgets the oldest key for a third one",
      source: "  -(abc)--a|",
      expected: "-(abc)--a|",
    },
    { name: "waits with a silent source", shows: "never", source: "---", expected: "---", subscribed: "^--" },
    { name: "completes with an empty source", shows: "empty", source: "--|", expected: "--|" },
    { name: "passes on an error", shows: "error", source: "-a-#", expected: "-a-#" },
    {
      name: "leaves its source with its subscriber",
      shows: "early unsubscribe",
      source: "     -a-b-c|",
      expected: "   -a-b---",
      unsubscribes: "----!",
      subscribed: " ^---!",
    },
    {
      name: "ends with what its callback throws",
      shows: "throwing callback",
      source: "  -a-x-",
      values: { x: "!" },
      expected: "-a-#",
      errorCode: "no key",
      subscribed: "^--!",
    },
  ],
);
