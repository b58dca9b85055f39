import { delay, map, of } from "rxjs";
import { boundedBuffer } from "../../src/sdk/index.js";
import { pipelineTable } from "../../src/testing/index.js";

const rows = (kept: string, lost: string) =>
  [
    { name: "works on one item at once", shows: "one", source: "-a----|", expected: "----a-|" },
    {
      name: `keeps one item waiting and loses ${lost} when a third comes`,
      shows: "many",
      source: "  -abc------|",
      expected: kept,
    },
    { name: "works off what waits when its source completes", source: "-ab|", expected: "----a--(b|)" },
    { name: "waits with a silent source", shows: "never", source: "---", expected: "---", subscribed: "^--" },
    { name: "completes with an empty source", shows: "empty", source: "--|", expected: "--|" },
    { name: "ends at once with its source's error", shows: "error", source: "-ab#", expected: "---#" },
    {
      name: "leaves its source and its work with its subscriber",
      shows: "early unsubscribe",
      source: "     -ab----|",
      expected: "   ----a---",
      unsubscribes: "-----!",
      subscribed: " ^----!",
    },
    {
      name: "ends with what its work throws",
      shows: "throwing callback",
      source: "  -x-",
      values: { x: "!" },
      expected: "-#",
      errorCode: "no work",
      subscribed: "^!",
    },
  ] as const;

const buffered = (policy: "drop_newest" | "drop_oldest") =>
  pipelineTable(
    `boundedBuffer with room for one and ${policy}, work takes 3 ms`,
    (items$, scheduler) =>
      items$.pipe(
        boundedBuffer({ capacity: 1, policy }, (item: string) => {
          if (item === "!") throw new Error("no work");
          return of(item).pipe(
            delay(3, scheduler),
            map((done) => done),
          );
        }),
      ),
    policy === "drop_newest" ? rows("----a--b--|", "the newest") : rows("----a--c--|", "the oldest"),
  );

export const dropOldest = buffered("drop_oldest");
export default buffered("drop_newest");
