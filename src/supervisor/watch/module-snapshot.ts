import { realpath } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { errorCode, errorMessage } from "../../errors.js";
import { type ModuleManifest, readManifest } from "../../manifest/index.js";
import { findCode } from "../../security/index.js";
import { isJavaScript } from "../launch.js";
import { isIgnoredPath } from "./ignored-path.js";
import type { Look } from "./stillness.js";
import { directoryIdentity, type FileMark, markFile, type TreeLimits, walkTree } from "./walk-tree.js";

interface Place extends Look {
  /** The directories whose entries decide what the next look finds: path → which one it is. */
  readonly directories: ReadonlyMap<string, string>;
}

/** What lies in a directory that is, was, or may become a module. */
export type ModuleSnapshot =
  /** No directory, or one without `module.toml`. */
  | (Place & { readonly kind: "absent" })
  /** A `module.toml` that can't be used, or whose entry point is not there: being written, or broken. */
  | (Place & { readonly kind: "incomplete"; readonly reason: string })
  | (Place & {
      readonly kind: "module";
      readonly name: string;
      /** Its real path, as discovery reports it. */
      readonly directory: string;
      /** What the module runs and is told: manifest, configuration, entry point and the files beside and below it. */
      readonly files: ReadonlyMap<string, FileMark>;
      /** True when it has more files than are looked at. */
      readonly isCut: boolean;
    });

interface Code {
  readonly files: ReadonlyMap<string, FileMark>;
  readonly directories: ReadonlyMap<string, string>;
  readonly isCut: boolean;
  /** False for a directory without an index. */
  readonly canRun: boolean;
}

const indexNames = ["index.js", "index.mjs", "index.cjs"];
const searchedFolders = ["", "target/release", "target/debug"];

/**
 * Looks at a module's directory. A JavaScript module's files are those in and below the folder of its entry point, or
 * the folder that is its entry point; any other module, and one that lies in the folder of modules itself, is its entry
 * point alone. Sources, tests and documents elsewhere in the directory don't count.
 * Never rejects.
 */
export async function takeSnapshot(path: string, limits?: TreeLimits): Promise<ModuleSnapshot> {
  const directory = await realPathOf(path);
  const identity = directory === undefined ? undefined : await directoryIdentity(directory);
  if (directory === undefined || identity === undefined) {
    return { kind: "absent", identity: "absent", directories: new Map() };
  }
  const root = new Map([[directory, identity]]);
  const about = await markAll(directory, ["module.toml", "config.toml"]);
  if (!about.has("module.toml")) {
    return { kind: "absent", identity: `${identity} without a manifest`, directories: root };
  }
  const incomplete = (reason: string, directories: ReadonlyMap<string, string>): ModuleSnapshot => ({
    kind: "incomplete",
    identity: `${identity} ${reason} ${identityOf(about)}`,
    directories,
    reason,
  });
  let manifest: ModuleManifest;
  try {
    manifest = await readManifest(join(directory, "module.toml"));
  } catch (error) {
    return incomplete(errorMessage(error), root);
  }
  const modulesDir = (await realPathOf(dirname(path))) ?? dirname(directory);
  const { entryPath, root: codeRoot, lookedFor } = await findCode(directory, manifest.entryPoint, modulesDir);
  const isOwn = entryPath !== undefined && codeRoot === directory;
  const ways = await waysTo(directory, manifest.entryPoint, isOwn ? undefined : modulesDir);
  if (entryPath === undefined) return incomplete(`nothing to run at ${lookedFor.join(", ")}`, ways);
  let code: Code;
  try {
    code = isOwn ? await codeOf(directory, entryPath, limits) : await sharedFile(directory, entryPath);
    if (!code.canRun)
      return incomplete(`${entryPath} has no index.js`, new Map([...ways, ...code.directories]));
  } catch (error) {
    return incomplete(errorMessage(error), ways);
  }
  const files = new Map([...about, ...code.files]);
  return {
    kind: "module",
    identity: `${directory} ${identityOf(files)}`,
    directories: new Map([...ways, ...code.directories]),
    name: manifest.name,
    directory,
    files,
    isCut: code.isCut,
  };
}

async function codeOf(directory: string, entryPath: string, limits: TreeLimits | undefined): Promise<Code> {
  const entry = relative(directory, entryPath).split(sep).join("/");
  const isDirectory = (await directoryIdentity(entryPath)) !== undefined;
  if (!isDirectory && !isJavaScript(entryPath)) {
    return { files: await markAll(directory, [entry]), directories: new Map(), isCut: false, canRun: true };
  }
  const folder = isDirectory ? entryPath : dirname(entryPath);
  const prefix = folder === directory ? "" : `${isDirectory ? entry : dirname(entry)}/`;
  const [first, tree] = await Promise.all([
    markAll(directory, isDirectory ? ["package.json"] : [entry, "package.json"]),
    walkTree(folder, (path) => isIgnoredPath(prefix + path), limits),
  ]);
  const below = [...tree.files].map(([path, mark]) => [prefix + path, mark] as const);
  const canRun = !isDirectory || indexNames.some((name) => tree.files.has(name));
  return { files: new Map([...first, ...below]), directories: tree.directories, isCut: tree.isCut, canRun };
}

async function sharedFile(directory: string, entryPath: string): Promise<Code> {
  const files = await markAll(directory, [relative(directory, entryPath).split(sep).join("/")]);
  return { files, directories: new Map(), isCut: false, canRun: true };
}

/** Every directory that exists on the ways to where the entry point may lie; the folder of modules where that counts. */
async function waysTo(
  directory: string,
  entryPoint: string,
  modulesDir: string | undefined,
): Promise<ReadonlyMap<string, string>> {
  const ways = new Set([directory]);
  const starts = searchedFolders.map((folder) => [directory, folder] as const);
  if (modulesDir !== undefined) {
    ways.add(modulesDir);
    starts.push([modulesDir, ""]);
  }
  for (const [start, folder] of starts) {
    let way = start;
    for (const part of join(folder, dirname(entryPoint)).split(sep)) {
      way = join(way, part);
      ways.add(way);
    }
  }
  const found = new Map<string, string>();
  for (const way of ways) {
    const identity = await directoryIdentity(way);
    if (identity !== undefined) found.set(way, identity);
  }
  return found;
}

async function markAll(directory: string, paths: readonly string[]): Promise<Map<string, FileMark>> {
  const marks = new Map<string, FileMark>();
  for (const path of paths) {
    const mark = await markFile(join(directory, path));
    if (mark !== undefined) marks.set(path, mark);
  }
  return marks;
}

function identityOf(files: ReadonlyMap<string, FileMark>): string {
  return [...files].map(([path, { mark }]) => `${path} ${mark}`).join("\n");
}

/** Undefined when the path leads nowhere; the path itself when it can't be followed for another reason. */
async function realPathOf(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    const code = errorCode(error);
    return code === "ENOENT" || code === "ENOTDIR" ? undefined : path;
  }
}
