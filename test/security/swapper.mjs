// Swaps the file argv[2] between argv[3] and argv[4], as fast as it can, until its stdin ends: by renaming, by
// writing over it, and by putting a link or a directory in its place.
import { copyFileSync, cpSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";

const [, , target, good, evil] = process.argv;
const spare = `${target}.spare`;

function replace(make) {
  rmSync(spare, { recursive: true, force: true });
  make(spare);
  rmSync(target, { recursive: true, force: true });
  renameSync(spare, target);
}

const tricks = [
  () => replace((path) => copyFileSync(evil, path)),
  () => replace((path) => copyFileSync(good, path)),
  () => copyFileSync(evil, target),
  () => copyFileSync(good, target),
  () => replace((path) => symlinkSync(evil, path)),
  () => replace((path) => mkdirSync(path)),
  () => replace((path) => cpSync(good, path)),
];

// The last trick leaves the good bytes; they stay for a moment, so that some checks find nothing but them.
function swap() {
  for (let round = 0; round < 3; round++) for (const trick of tricks) trick();
  setTimeout(swap, 30);
}

process.stdin.on("end", () => process.exit()).resume();
process.stdout.write("swapping\n");
swap();
