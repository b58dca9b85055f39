import { constants } from "node:fs";
import { open, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type ModuleManifest, parseManifest, readManifest } from "../manifest/index.js";

const maxBytes = 65_536;

/** A module on disk, as a command is pointed to it. */
export interface InstalledModule {
  /** Real path of the manifest. */
  readonly file: string;
  /** Real path of its folder. */
  readonly directory: string;
  /** The manifest's text, every byte of it. */
  readonly text: string;
  readonly manifest: ModuleManifest;
}

/**
 * Reads the manifest at a path, which is that of `module.toml` or of its folder.
 * @throws what `readManifest` throws
 */
export async function readInstalledModule(path: string): Promise<InstalledModule> {
  const isFolder = await stat(path).then(
    (stats) => stats.isDirectory(),
    () => basename(path) !== "module.toml",
  );
  const named = isFolder ? join(path, "module.toml") : path;
  // Says what is wrong with the file, its size first, before any of it is taken for text.
  await readManifest(named);
  const file = await realpath(named);
  const text = await readText(file);
  return { file, directory: dirname(file), text, manifest: parseManifest(text, file) };
}

/** Keeps a byte order mark: the file may be written again. The caller has seen that the file is small. */
async function readText(file: string): Promise<string> {
  await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  const buffer = Buffer.alloc(maxBytes + 1);
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(buffer.subarray(0, bytesRead));
}
