import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Resident bytes of this process once its garbage is collected: what is left is held, or not given back by malloc. */
export function settledRssBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
  return process.memoryUsage.rss();
}
