import type { ReadFile } from "./read-code-file.js";

/** What is wrong with a file that a module wants to run, and what helps. */
export interface EntryProblem {
  readonly found: string;
  readonly remedy: string;
}

const usualPlace = /^\/(?:usr\/(?:local\/)?)?s?bin\/[A-Za-z0-9_][A-Za-z0-9._+-]*$/;

/** Whether a file is run by the host's own Node.js rather than by the system. */
function isJavaScriptFile(path: string): boolean {
  return /\.[cm]?js$/.test(path);
}

/**
 * Whether a file can be what a module runs: JavaScript, or a program with execute permission. A script's
 * interpreter must lie in /bin, /sbin or those of /usr and /usr/local, and `env` may only look up a bare name:
 * anything else could be replaced beside the verified file.
 */
export function entryFileProblem(
  path: string,
  { isExecutable, head }: Pick<ReadFile, "isExecutable" | "head">,
): EntryProblem | undefined {
  if (isJavaScriptFile(path)) return undefined;
  if (!isExecutable) return { found: `${path} without execute permission`, remedy: "run chmod +x on it" };
  const interpreter = shebang(head);
  if (interpreter === undefined || isUsual(interpreter)) return undefined;
  const found = `${path}, a script for ${JSON.stringify(interpreter.join(" ").slice(0, 80))}`;
  return { found, remedy: "start it with #!/usr/bin/env NAME or an interpreter of /bin or /usr/bin" };
}

/** The words of the first line after `#!`, or undefined when the file is no script. */
function shebang(head: Uint8Array): readonly string[] | undefined {
  const text = Buffer.from(head).toString("latin1");
  if (!text.startsWith("#!")) return undefined;
  const line = text.slice(2).split("\n", 1)[0] ?? "";
  return line.split(/[ \t]+/).filter((word) => word !== "");
}

function isUsual([interpreter = "", ...args]: readonly string[]): boolean {
  if (!usualPlace.test(interpreter)) return false;
  if (!interpreter.endsWith("/env")) return true;
  const [program = ""] = args[0] === "-S" ? args.slice(1) : args;
  return /^[A-Za-z0-9_][A-Za-z0-9._+-]*$/.test(program);
}
