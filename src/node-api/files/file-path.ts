/** What every path may have at most; the part is the file system's own limit. */
const PATH_LIMITS = { pathBytes: 4096, partBytes: 255, parts: 32 };

/** Beginning of the names under which a file is written before it takes its own. */
export const PART_FILE_PREFIX = ".blvm-write-";
/** What the node keeps at the top of a module's directory. */
export const NODE_FOLDER = ".storage";

const UNPAIRED = /\p{Surrogate}/u;

/** The parts of a path, or in words what is wrong with it. Nothing of the file system is asked. */
export type ReadPath = { readonly parts: readonly string[] } | { readonly problem: string };

/**
 * Takes a path below a module's directory apart. The empty path is the directory itself: no parts. Refused is every
 * spelling that names nothing, something above, or the same thing as another spelling.
 */
export function readFilePath(path: string): ReadPath {
  if (path === "") return { parts: [] };
  const problem = problemOfWhole(path);
  if (problem !== undefined) return { problem };
  const parts = path.split("/");
  if (parts.length > PATH_LIMITS.parts) {
    return { problem: `${parts.length} parts, which is more than ${PATH_LIMITS.parts}` };
  }
  for (const [index, part] of parts.entries()) {
    const partProblem = problemOfPart(part, index);
    if (partProblem !== undefined) return { problem: partProblem };
  }
  return { parts };
}

/** Whether a name is the node's own there and no module's business; `depth` 0 is the top. */
export function isNodesOwn(name: string, depth: number): boolean {
  // A file system that takes capitals for small letters must not open the same folder under another name.
  const small = name.toLowerCase();
  return small.startsWith(PART_FILE_PREFIX) || (depth === 0 && small === NODE_FOLDER);
}

function problemOfWhole(path: string): string | undefined {
  if (path.includes("\0")) return "a NUL character";
  if (UNPAIRED.test(path)) return "half a character (a lone surrogate)";
  if (path.includes("\\")) return "a backslash";
  if (path.startsWith("/")) return "an absolute path";
  const pathBytes = Buffer.byteLength(path);
  if (pathBytes > PATH_LIMITS.pathBytes) {
    return `${pathBytes} bytes, which is more than ${PATH_LIMITS.pathBytes}`;
  }
  return undefined;
}

function problemOfPart(part: string, depth: number): string | undefined {
  if (part === "") return "an empty part";
  if (part === "." || part === "..") return `the part "${part}"`;
  const partBytes = Buffer.byteLength(part);
  if (partBytes > PATH_LIMITS.partBytes) {
    return `a part of ${partBytes} bytes, which is more than ${PATH_LIMITS.partBytes}`;
  }
  if (isNodesOwn(part, depth)) return `the name "${part}", which is the node's own`;
  return undefined;
}
