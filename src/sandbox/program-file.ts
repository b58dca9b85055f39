import { open } from "node:fs/promises";
import { errorCode, errorMessage } from "../errors.js";
import { type ElfFile, readElf } from "./elf-file.js";

/** What kind of program a file is. */
export type ProgramFile =
  | { readonly kind: "javascript" }
  | { readonly kind: "native"; readonly elf: ElfFile }
  /** `interpreter` is a path, or the bare name that `env` would look up. */
  | { readonly kind: "script"; readonly interpreter: string; readonly args: readonly string[] }
  /** `found` completes "PATH is …". */
  | { readonly kind: "unknown"; readonly found: string };

/** So much of its first line the kernel reads. */
const HEAD_BYTES = 256;

const foreignKinds: readonly (readonly [hex: string, found: string])[] = [
  ["4d5a", "a program for Windows"],
  ["feedface", "a program for macOS"],
  ["feedfacf", "a program for macOS"],
  ["cefaedfe", "a program for macOS"],
  ["cffaedfe", "a program for macOS"],
  ["cafebabe", "a program for macOS or Java"],
  ["0061736d", "WebAssembly, which no system runs by itself"],
  ["504b0304", "an archive"],
  ["1f8b", "an archive"],
];

/** Whether a file is run by the host's own runtime, whatever is in it. */
export function isJavaScript(path: string): boolean {
  return /\.[cm]?js$/.test(path);
}

/**
 * Looks at the beginning of an entry point, which is never run for that. Never rejects: what can't be read is of an unknown
 * kind.
 * @param arch of this machine, as `process.arch` names it
 * @see execve(2)
 */
export async function readProgramFile(path: string, arch: string): Promise<ProgramFile> {
  if (isJavaScript(path)) return { kind: "javascript" };
  try {
    const { head, isExecutable } = await readHead(path);
    if (head.length === 0) return unknown("an empty file");
    if (!isExecutable) return unknown("a file without execute permission");
    if (head.subarray(0, 2).toString("latin1") === "#!") return readFirstLine(head);
    const elf = await readElf(path);
    return elf === undefined ? unknown(foreignKind(head)) : judgeElf(elf, arch);
  } catch (error) {
    const isGone = errorCode(error) === "ENOENT";
    return unknown(isGone ? "not there" : `a file that can't be examined (${errorMessage(error)})`);
  }
}

async function readHead(path: string): Promise<{ head: Buffer; isExecutable: boolean }> {
  const handle = await open(path, "r");
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new Error("no regular file");
    const buffer = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, HEAD_BYTES, 0);
    return { head: buffer.subarray(0, bytesRead), isExecutable: (stats.mode & 0o111) !== 0 };
  } finally {
    await handle.close();
  }
}

function judgeElf(elf: ElfFile, arch: string): ProgramFile {
  if (elf.kind === "object") return unknown("an object file that was not linked");
  if (elf.kind === "core") return unknown("a core dump");
  const isForeign = elf.arch !== arch || elf.bits !== (arch === "arm" || arch === "ia32" ? 32 : 64);
  if (isForeign)
    return unknown(`an executable for ${elf.arch ?? "another processor"}, this machine is ${arch}`);
  if (elf.kind === "library") return unknown("a shared library");
  return { kind: "native", elf };
}

/** The kernel hands on everything behind the interpreter as one argument; `env -S` splits it. */
function readFirstLine(head: Buffer): ProgramFile {
  const [line = ""] = head.toString("utf8", 2).split("\n", 1);
  if (line.endsWith("\r")) return unknown("a script whose first line ends with a carriage return");
  if (line.length >= HEAD_BYTES - 2) return unknown("a script whose first line is too long");
  const [, interpreter = "", rest = ""] = /^[ \t]*([^ \t]*)[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
  if (interpreter === "") return unknown("a script whose first line names no interpreter");
  if (!/\/env$/.test(interpreter)) {
    return { kind: "script", interpreter, args: rest === "" ? [] : [rest] };
  }
  const words = rest.split(/[ \t]+/);
  const [name = "", ...args] = words[0] === "-S" ? words.slice(1) : [rest];
  if (/^[A-Za-z0-9_][A-Za-z0-9._+-]*$/.test(name) && args.every((word) => /^[^"'\\$]+$/.test(word))) {
    return { kind: "script", interpreter: name, args };
  }
  return unknown(`a script for ${JSON.stringify(`env ${rest}`.slice(0, 80))}`);
}

function foreignKind(head: Buffer): string {
  const hex = head.toString("hex");
  const [, known] = foreignKinds.find(([magic]) => hex.startsWith(magic)) ?? [];
  if (known !== undefined) return known;
  const isText = head.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d));
  return isText ? "a text without a #! line" : "a file of an unknown kind";
}

function unknown(found: string): ProgramFile {
  return { kind: "unknown", found };
}
