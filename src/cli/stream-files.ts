import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { EngineError, errorCode, errorMessage } from "../errors.js";
import type { PreparedStream, StreamProblem } from "../streams/index.js";
import { cliErrors } from "./errors.js";

/** A stream's file that was read: what it says, or everything that is wrong with it. */
export type StreamFileReading =
  | { readonly file: string; readonly stream: PreparedStream }
  | { readonly file: string; readonly problems: readonly StreamProblem[] };

const MAX_FILE_BYTES = 1024 * 1024;

/**
 * The files that paths name, each once: a file as it is, a folder by its .yaml and .yml files, also in folders below,
 * in the order of their names.
 * @throws NO_STREAM_FILES
 */
export async function findStreamFiles(paths: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const path of paths) {
    const stats = await stat(path).catch((error: unknown) => {
      throw cliErrors.NO_STREAM_FILES({ path, reason: errorMessage(error) }, { cause: error });
    });
    if (!stats.isDirectory()) {
      found.add(path);
      continue;
    }
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const files: string[] = [];
    for (const entry of entries) {
      if (!/\.ya?ml$/.test(entry.name)) continue;
      const file = join(entry.parentPath, entry.name);
      // A link counts as what it leads to; one that leads nowhere is a fault that is told.
      const isLinked =
        entry.isSymbolicLink() && (await stat(file).catch(() => undefined))?.isDirectory() !== true;
      if (entry.isFile() || isLinked) files.push(file);
    }
    if (files.length === 0)
      throw cliErrors.NO_STREAM_FILES({ path, reason: "no stream lies in this folder" });
    for (const file of files.sort()) found.add(file);
  }
  return [...found];
}

/** Reads and checks one file; a faulty stream, or a file that can't be read, is an answer, not an error. */
export async function readStreamFile(file: string): Promise<StreamFileReading> {
  // Loaded here, so that no other command pays for it.
  const { readStream } = await import("../streams/index.js");
  try {
    return { file, stream: readStream(await readText(file), file) };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const { problems, reason } = error.details as { problems?: readonly StreamProblem[]; reason?: string };
    if (errorCode(error) === "STREAM_INVALID" && problems !== undefined) return { file, problems };
    if (errorCode(error) !== "NO_STREAM_FILES" || reason === undefined) throw error;
    const place = { path: "", line: 1, column: 1 };
    return { file, problems: [{ ...place, found: reason, allowed: "the text of one stream" }] };
  }
}

/** One stream that can run. @throws STREAM_INVALID, NO_STREAM_FILES */
export async function requireStream(file: string): Promise<PreparedStream> {
  const { readStream } = await import("../streams/index.js");
  return readStream(await readText(file), file);
}

async function readText(file: string): Promise<string> {
  const refuse = (reason: string, cause?: unknown) =>
    cliErrors.NO_STREAM_FILES({ path: file, reason }, { cause });
  const stats = await stat(file).catch((error: unknown) => {
    throw refuse(errorMessage(error), error);
  });
  if (!stats.isFile()) throw refuse("no regular file");
  if (stats.size > MAX_FILE_BYTES) throw refuse(`${stats.size} bytes, at most ${MAX_FILE_BYTES} are allowed`);
  return readFile(file, "utf8").catch((error: unknown) => {
    throw refuse(errorMessage(error), error);
  });
}
