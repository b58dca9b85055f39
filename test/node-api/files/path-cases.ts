import { posix } from "node:path";
import type { Dice } from "../../fuzz/dice.js";

/** What may stand between two slashes: honest names, links of the tree below, and every trick that is known. */
const PARTS = [
  ..."a a a b b file file new ..".split(" "),
  ...["out", "out", "up", "abs", "self", "in", "dangling", "pipe", "outside", "secret", "data", "asking"],
  ...["..", "..", "..", ".", "", "...", " ..", ".. ", "..\t", "~", "-rf", "C:", "%2e%2e", "．．", "..;"],
  ...[
    ".storage",
    ".Storage",
    ".blvm-write-",
    ".BLVM-WRITE-0123456789abcdef",
    "..\\..",
    "\0",
    "a\0b",
    "\ud800",
  ],
  ...["é", "e\u0301", "\u202e", "\n", "\u001b[2J", "proc", "self", "fd", "😀"],
];
const JOINTS = ["/", "/", "/", "/", "/", "/", "/", "/", "//", "/./", "/../", "\\", "/../../", "\0/"];
const LONG = ["x".repeat(255), "x".repeat(256), "é".repeat(127), "é".repeat(128), "😀".repeat(64)];

/** One path, mostly a wrong one. */
export function drawPath(dice: Dice): string {
  const length = dice.below(50) === 0 ? 28 + dice.below(8) : dice.below(6);
  let path = dice.below(12) === 0 ? dice.pick(JOINTS) : "";
  for (let n = 0; n < length; n++) {
    if (n > 0) path += dice.pick(JOINTS);
    path += dice.below(40) === 0 ? dice.pick(LONG) : dice.pick(PARTS);
  }
  if (dice.below(12) === 0) path += dice.pick(JOINTS);
  return dice.below(500) === 0 ? path.repeat(40) : path;
}

/** Whether a path may be served, by what the standard library makes of it and nothing else. */
export function isProper(path: string): boolean {
  if (path === "") return true;
  // A name that comes back from its bytes as another was none.
  if (Buffer.from(path).toString() !== path || /[\0\\]/.test(path)) return false;
  if (posix.resolve("/top", path) !== `/top/${path}`) return false;
  const parts = path.split("/");
  const isLong = Buffer.byteLength(path) > 4096 || parts.some((part) => Buffer.byteLength(part) > 255);
  const isNodes = parts.some((part) => /^\.blvm-write-/i.test(part)) || /^\.storage(\/|$)/i.test(path);
  return parts.length <= 32 && !isLong && !isNodes;
}
