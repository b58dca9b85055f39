// Swaps what the module's directory argv[2] holds for links to the folder outside argv[3] and back, as fast as it can,
// until its stdin ends: the folder `way`, the file `way/file`, and the folder `made`, which is mostly not there at all.
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [, , root, outside] = process.argv;
const at = (...parts) => join(root, ...parts);

/** What the host does at the same moment may be in the way of any of this. */
function attempt(trick) {
  try {
    trick();
  } catch {}
}

/** What the host makes meanwhile may stand in the way of all later swaps. */
function beginAnew() {
  for (const name of ["way", "aside", "link-to-folder"]) {
    attempt(() => rmSync(at(name), { recursive: true, force: true }));
  }
  attempt(() => mkdirSync(at("way")));
  attempt(() => writeFileSync(at("way", "file"), "harmless"));
  attempt(() => symlinkSync(outside, at("link-to-folder")));
}

/** Exchanges two names by three renames. */
function exchange(one, other) {
  attempt(() => renameSync(at(one), at("aside")));
  attempt(() => renameSync(at(other), at(one)));
  attempt(() => renameSync(at("aside"), at(other)));
}

const tricks = [
  () => exchange("way", "link-to-folder"),
  () => exchange("way", "link-to-folder"),
  () => attempt(() => symlinkSync(join(outside, "file"), at("way", "spare"))),
  () => attempt(() => renameSync(at("way", "spare"), at("way", "file"))),
  () => attempt(() => writeFileSync(at("way", "plain"), "harmless", { flag: "wx" })),
  () => attempt(() => renameSync(at("way", "plain"), at("way", "file"))),
  () => attempt(() => rmSync(at("made"), { recursive: true })),
  () => attempt(() => symlinkSync(outside, at("made"))),
  () => attempt(() => rmSync(at("made"))),
  () => attempt(() => mkdirSync(at("made"))),
  () => attempt(() => rmSync(at("made"), { recursive: true })),
];

function swap() {
  // As many as keep the host from ever seeing the same thing twice, and a turn for the end of stdin.
  beginAnew();
  for (let round = 0; round < 20; round++) for (const trick of tricks) trick();
  setImmediate(swap);
}

process.stdin.on("end", () => process.exit()).resume();
process.stdout.write("swapping\n");
swap();
