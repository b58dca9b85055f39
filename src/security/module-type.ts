import { errorCode } from "../errors.js";
import { badBinary, openProblem } from "./bad-binary.js";
import type { ModuleType } from "./measured-code.js";
import { type Opened, openBeneath } from "./open-beneath.js";

const maxPackageJsonBytes = 1024 * 1024;

/**
 * What the nearest `package.json` says about `.js` files in `folder` (the parts of a path below `directory`),
 * looking upward and no further than `directory`. Only its `type` is used: nothing else of it reaches a copy.
 * @throws BAD_BINARY when the file is a link, no regular file, above 1 MiB, or no JSON object
 */
export async function moduleTypeIn(
  module: string,
  directory: string,
  folder: readonly string[],
): Promise<ModuleType> {
  for (let length = folder.length; length >= 0; length--) {
    const text = await readPackageJson(module, directory, [...folder.slice(0, length), "package.json"]);
    if (text !== undefined) return typeIn(module, text);
  }
  return "unspecified";
}

async function readPackageJson(
  module: string,
  directory: string,
  parts: readonly string[],
): Promise<string | undefined> {
  await using opened = await open(module, directory, parts);
  if (opened === undefined) return undefined;
  const stats = await opened.handle.stat();
  if (!stats.isFile()) throw refused(module, "which is no regular file");
  const buffer = Buffer.alloc(Math.min(stats.size, maxPackageJsonBytes) + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await opened.handle.read(buffer, length, buffer.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  if (length > maxPackageJsonBytes) throw refused(module, `which has more than ${maxPackageJsonBytes} bytes`);
  return buffer.toString("utf8", 0, length);
}

async function open(
  module: string,
  directory: string,
  parts: readonly string[],
): Promise<Opened | undefined> {
  try {
    return await openBeneath(directory, parts);
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return undefined;
    throw refused(module, openProblem(cause), cause);
  }
}

function typeIn(module: string, text: string): ModuleType {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refused(module, "which is no JSON", cause);
  }
  if (typeof value !== "object" || value === null) throw refused(module, "which is no JSON object");
  const type = "type" in value ? value.type : undefined;
  return type === "module" || type === "commonjs" ? type : "unspecified";
}

function refused(module: string, found: string, cause?: unknown) {
  const remedy = "correct it, or remove it and call the entry point .mjs or .cjs";
  return badBinary(module, `a .js file beside a package.json ${found}`, remedy, cause);
}
