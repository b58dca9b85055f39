import { spawnSync } from "node:child_process";
import { lstatSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RequestName } from "../../../src/requests/index.js";
import { Dice } from "../../fuzz/dice.js";
import { type FileScene, startFileScene } from "./file-scene.js";
import { drawPath, isProper } from "./path-cases.js";

const SECRET = "the secret outside";
const requests: readonly RequestName[] = [
  ...Array.from({ length: 4 }, () => ["ReadFile", "GetFileMetadata", "ListDirectory"] as const).flat(),
  "DeleteFile",
  "CreateDirectory",
  "WriteFile",
];

/** What became of many paths; an escape is an answer about, or a change of, anything outside the directory. */
export interface PathFigures {
  cases: number;
  served: number;
  readonly codes: Record<string, number>;
  readonly escapes: string[];
  /** Paths of the module's own that were refused all the same. */
  readonly wronglyRefused: string[];
}

/** Asks for `count` paths in a tree full of links; each is compared with what the system itself resolves it to. */
export async function playPaths(seed: number, count: number): Promise<PathFigures> {
  await using scene = await startFileScene({ fileBytes: 2 ** 30, inodes: 100_000 });
  await plantTree(scene);
  const before = outsideOf(scene);
  const figures: PathFigures = { cases: 0, served: 0, codes: {}, escapes: [], wronglyRefused: [] };
  const dice = new Dice(seed, 0);
  for (let n = 0; n < count; n++) {
    const path = drawPath(dice);
    await playOne(scene, dice.pick(requests), path, figures);
    if (n % 512 === 0 && outsideOf(scene) !== before)
      figures.escapes.push(`something outside by ${JSON.stringify(path)}`);
  }
  if (outsideOf(scene) !== before) figures.escapes.push("something outside");
  return figures;
}

async function playOne(
  scene: FileScene,
  type: RequestName,
  path: string,
  figures: PathFigures,
): Promise<void> {
  figures.cases++;
  const told = `${type} ${JSON.stringify(path)}`;
  // Looked at before the request: afterwards a deleted file is gone.
  const lay = wayOf(scene.root, path);
  const outcome = await scene.codeOf(type, { path, data: Buffer.from(path.slice(0, 20)) });
  if (typeof outcome === "string") {
    figures.codes[outcome] = (figures.codes[outcome] ?? 0) + 1;
    if (type === "ReadFile" && lay === "own file") figures.wronglyRefused.push(`${told}: ${outcome}`);
    if (type === "ListDirectory" && lay === "own folder") figures.wronglyRefused.push(`${told}: ${outcome}`);
    return;
  }
  figures.served++;
  if (!isProper(path)) figures.escapes.push(told);
  if (lay === "elsewhere") figures.escapes.push(told);
  if (type === "WriteFile" && wayOf(scene.root, path) !== "own file") figures.escapes.push(told);
  if (type === "CreateDirectory" && wayOf(scene.root, path) !== "own folder") figures.escapes.push(told);
  if (type === "ReadFile" && Buffer.from(outcome as Uint8Array).toString() === SECRET)
    figures.escapes.push(told);
}

/** Where a path leads, by the system's own resolution: "elsewhere" when it leads through a link or out. */
function wayOf(root: string, path: string): "own file" | "own folder" | "nothing" | "elsewhere" | "other" {
  if (path.includes("\0")) return "elsewhere";
  const joined = path === "" ? root : `${root}/${path}`;
  try {
    if (realpathSync(joined) !== joined) return "elsewhere";
    const stats = lstatSync(joined);
    if (!isProper(path)) return "other";
    return stats.isFile() ? "own file" : stats.isDirectory() ? "own folder" : "other";
  } catch {
    return "nothing";
  }
}

async function plantTree(scene: FileScene): Promise<void> {
  await mkdir(scene.at("a/b"), { recursive: true });
  for (const file of ["file", "a/file", "a/b/file"]) await writeFile(scene.at(file), "own");
  const links = {
    out: scene.outside,
    up: "..",
    abs: "/",
    self: ".",
    in: "a",
    dangling: join(scene.outside, "new"),
  };
  for (const [name, target] of Object.entries(links)) {
    for (const folder of ["", "a", "a/b"]) await symlink(target, scene.at(folder, name));
  }
  spawnSync("mkfifo", [scene.at("pipe")]);
  await mkdir(join(scene.outside, "a"));
  for (const file of ["secret", "file", "a/file"]) await writeFile(join(scene.outside, file), SECRET);
}

/** Everything beside the module's directory, in one text. */
function outsideOf(scene: FileScene): string {
  const top = join(scene.outside, "..");
  const around = readdirSync(top).concat(readdirSync(join(top, "data")));
  const inside = readdirSync(scene.outside, { recursive: true, encoding: "utf8" }).map((name) => {
    const stats = lstatSync(join(scene.outside, name));
    const content = stats.isFile() ? readFileSync(join(scene.outside, name), "utf8") : "";
    return `${name} ${stats.mode} ${stats.nlink} ${stats.mtimeMs} ${content}`;
  });
  return [...around, ...inside].sort().join("\n");
}
