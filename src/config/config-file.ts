import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { parse, TomlError } from "smol-toml";
import { errorMessage } from "../errors.js";
import { configErrors } from "./errors.js";
import { keyLine } from "./key-line.js";
import type { Layer } from "./layer.js";

const LIMIT_BYTES = 1024 * 1024;

/**
 * Reads a configuration file; its relative paths start from its own folder.
 * @throws CONFIG_UNREADABLE, CONFIG_TOO_LARGE (before parsing), CONFIG_SYNTAX with the line
 */
export async function readConfigFile(file: string): Promise<Layer> {
  const text = await readText(file);
  try {
    return {
      table: parse(text, { integersAsBigInt: "asNeeded", maxDepth: 32 }),
      baseDir: dirname(file),
      placeOf: (path) => {
        const line = keyLine(text, path);
        return line === undefined ? file : `${file}:${line}`;
      },
    };
  } catch (cause) {
    const line = cause instanceof TomlError ? cause.line : undefined;
    const problem = errorMessage(cause).split("\n", 1)[0] ?? "";
    throw configErrors.CONFIG_SYNTAX({ file, line, problem }, { cause });
  }
}

async function readText(file: string): Promise<string> {
  const bytes = await readBytes(file).catch((cause: unknown) => {
    throw configErrors.CONFIG_UNREADABLE({ file, reason: errorMessage(cause) }, { cause });
  });
  if (bytes.length > LIMIT_BYTES) throw configErrors.CONFIG_TOO_LARGE({ file, limitBytes: LIMIT_BYTES });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw configErrors.CONFIG_UNREADABLE({ file, reason: "it holds bytes that are no UTF-8" }, { cause });
  }
}

/** Reads one byte more than allowed at most, and never waits on a pipe or a device. */
async function readBytes(file: string): Promise<Uint8Array> {
  await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  if (!(await handle.stat()).isFile()) throw new Error("it is no regular file");
  const buffer = Buffer.alloc(LIMIT_BYTES + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null);
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
  }
}
