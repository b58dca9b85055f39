import { constants } from "node:fs";
import { access, opendir, realpath } from "node:fs/promises";
import { basename, isAbsolute, join } from "node:path";
import { askProgram } from "./ask-program.js";
import { readElf } from "./elf-file.js";
import { identityArgs } from "./layers/identity.js";
import type { LibraryFinder } from "./libraries.js";
import type { Machine } from "./machine.js";

/** What runs scripts of one language. */
export interface Interpreter {
  /** As scripts name it: some programs do what they are called. */
  readonly path: string;
  /** Files and folders that it needs, itself included. */
  readonly needs: readonly string[];
  /**
   * What it has of RLIMIT_DATA before the script begins without having it resident; below 0 where more of it is resident
   * than is data, which its code is not.
   */
  readonly unusedDataBytes: number;
}

const ANSWER_MS = 5000;
const MAX_ANSWER_BYTES = 256 * 1024;
/** Entries of an interpreter's own folders that are looked at for what its parts need. */
const MAX_ENTRIES = 20_000;
const MAX_DEPTH = 8;

/** Where `env` and scripts may find a program: what a module brings along, nobody has called an interpreter. */
const programFolders = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"];

/** How an interpreter is asked for its folders and its memory, by the beginning of its real name. */
const questions: readonly (readonly [name: RegExp, args: readonly string[]])[] = [
  [
    /^python\d/,
    ["-I", "-c", 'import sys;print("\\n".join(sys.path));print(open("/proc/self/status").read())'],
  ],
  [/^perl/, ["-e", 'print join("\\n",@INC),"\\n";open(F,"/proc/self/status");print <F>']],
];

/** The path of a system program, by its path or its name; undefined when there is none. */
export async function findInterpreter(named: string): Promise<string | undefined> {
  const paths = named.includes("/") ? [named] : programFolders.map((folder) => join(folder, named));
  for (const path of paths) {
    const isUsual = programFolders.some((folder) => path === join(folder, basename(path)));
    if (isUsual && (await isExecutable(path))) return path;
  }
  return undefined;
}

/**
 * Finds out what an interpreter needs beside its libraries: Python and Perl tell their own folders and are run once for
 * that, as the user that modules run as; others need nothing more. Takes up to some 100 ms, bounded by 5 s.
 * @returns undefined when it is no executable of this machine
 * @throws when its file is damaged, or it doesn't answer
 */
export async function describeInterpreter(
  machine: Machine,
  libraries: LibraryFinder,
  path: string,
): Promise<Interpreter | undefined> {
  const elf = await readElf(path);
  if (elf?.arch !== machine.arch || elf.kind !== "executable") return undefined;
  const realName = basename(await realpath(path));
  const [, question] = questions.find(([name]) => name.test(realName)) ?? [];
  const answer = question === undefined ? "" : await ask(machine, path, question);
  const folders = await presentFolders(answer);
  const parts = (await Promise.all(folders.map(sharedObjectsIn))).flat();
  const { paths } = await libraries.librariesOf([path, ...parts]);
  return {
    path,
    needs: [
      path,
      ...folders,
      ...paths.filter((each) => !folders.some((folder) => each.startsWith(`${folder}/`))),
    ],
    unusedDataBytes: kibibytesOf(answer, "VmData") * 1024 - kibibytesOf(answer, "VmRSS") * 1024,
  };
}

/** Of proc_pid_status(5); 0 for what it doesn't tell. */
function kibibytesOf(status: string, field: "VmData" | "VmRSS"): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0);
}

async function ask(machine: Machine, path: string, args: readonly string[]): Promise<string> {
  const [command = path, ...before] = [...identityArgs(machine, true), path];
  const options = { cwd: "/", timeout: ANSWER_MS, maxBuffer: MAX_ANSWER_BYTES };
  const { error, output } = await askProgram(command, [...before, ...args], options);
  return error === undefined ? output : "";
}

/** Outermost folders only: what lies in one of them is in sight with it. */
async function presentFolders(answer: string): Promise<string[]> {
  const present: string[] = [];
  for (const line of new Set(answer.split("\n").filter(isAbsolute))) {
    if (await isFolder(line)) present.push(line);
  }
  return present.filter((path) => !present.some((other) => path.startsWith(`${other}/`)));
}

async function isFolder(path: string): Promise<boolean> {
  try {
    await (await opendir(path)).close();
    return true;
  } catch {
    return false;
  }
}

/** Extensions of the language that are libraries themselves: what they need must be in sight as well. */
async function sharedObjectsIn(top: string): Promise<string[]> {
  const found: string[] = [];
  const waiting = [{ folder: top, depth: 0 }];
  let entries = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { folder, depth } = next;
    try {
      for await (const entry of await opendir(folder)) {
        if (++entries > MAX_ENTRIES) return found;
        const path = join(folder, entry.name);
        if (entry.isDirectory() && depth < MAX_DEPTH) waiting.push({ folder: path, depth: depth + 1 });
        else if (entry.isFile() && /\.so(\.|$)/.test(entry.name)) found.push(path);
      }
    } catch {
      // A folder that can't be read has nothing to show either.
    }
  }
  return found;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
