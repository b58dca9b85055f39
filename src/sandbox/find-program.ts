import { errorMessage } from "../errors.js";
import type { ElfFile } from "./elf-file.js";
import { sandboxErrors } from "./errors.js";
import { FileAnswers } from "./file-answers.js";
import { requireRoom } from "./heap-limit.js";
import { describeInterpreter, findInterpreter, type Interpreter } from "./interpreter.js";
import { isCovered } from "./layers/filesystem.js";
import { type Libraries, LibraryFinder } from "./libraries.js";
import type { Machine } from "./machine.js";
import type { Need, Program } from "./program.js";
import { readProgramFile } from "./program-file.js";
import { runtimeFlags } from "./runtime-flags.js";

/**
 * What programs other than the runtime may have of RLIMIT_DATA beyond their limit: they reserve some that they never use,
 * stacks of threads above all. With what they have resident without being data it stays below a tenth of the limit.
 */
const RESERVED_SHARE = 1 / 16;
/** Where the runtime is seen when its own place is taken in the sandbox. */
const SEEN_RUNTIME = "/runtime/node";

/** An entry point, and under what it is run. */
export interface ProgramQuestion {
  readonly entryPath: string;
  /** The folder of the module's code, or `entryPath` itself. */
  readonly codePath: string;
  /** `entryPath` as the module sees it. */
  readonly seenPath: string;
  /** Undefined where nothing limits it. */
  readonly memoryBytes: number | undefined;
  /** Whether nothing is in sight but what the program is said to need. */
  readonly isHidden: boolean;
}

/**
 * Finds out how entry points are run, and what must be in sight for that: JavaScript by the runtime of the machine,
 * executables of this machine by themselves, scripts by the system program that they name. Looks at files only; what it
 * found out about system programs it remembers, bounded, for as long as they are the same.
 */
export class ProgramFinder {
  readonly #machine: Machine;
  readonly #libraries: LibraryFinder;
  readonly #librariesOfFiles = new FileAnswers<Libraries>();
  readonly #interpreters = new FileAnswers<Interpreter | undefined>();

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#libraries = new LibraryFinder(machine.arch);
  }

  /** @throws SANDBOX_BAD_PROGRAM, SANDBOX_MEMORY_TOO_SMALL */
  async find(question: ProgramQuestion): Promise<Program> {
    const { entryPath, seenPath } = question;
    const file = await readProgramFile(entryPath, this.#machine.arch);
    switch (file.kind) {
      case "javascript":
        return this.#javascript(question);
      case "native":
        return {
          command: [seenPath],
          needs: await this.#needsOfNative(question, file.elf),
          baseDataBytes: reservedBytes(question, 0),
        };
      case "script": {
        // Such a file has no extension by which the runtime would be chosen.
        if (/^(?:.*\/)?node$/.test(file.interpreter)) return this.#javascript(question, file.args);
        const { path, needs, unusedDataBytes } = await this.#interpreter(entryPath, file.interpreter);
        const baseDataBytes = reservedBytes(question, unusedDataBytes);
        return { command: [path, ...file.args, seenPath], needs, baseDataBytes };
      }
      case "unknown":
        throw bad(entryPath, file.found);
    }
    return file satisfies never;
  }

  /** What a system program needs, itself included. */
  async needsOf(program: string): Promise<readonly string[]> {
    const { paths } = await this.#librariesOfFiles.of(program, () => this.#libraries.librariesOf([program]));
    return [program, ...paths];
  }

  async #javascript(
    { seenPath, memoryBytes, isHidden }: ProgramQuestion,
    args: readonly string[] = [],
  ): Promise<Program> {
    const { nodePath, runtimeDataBytes } = this.#machine;
    requireRoom(this.#machine, memoryBytes);
    const seenNodePath = isHidden && isCovered(nodePath) ? SEEN_RUNTIME : nodePath;
    const [, ...libraries] = isHidden ? await this.needsOf(nodePath) : [];
    const needs: Need[] = isHidden ? [{ path: nodePath, seenPath: seenNodePath }, ...libraries] : [];
    return {
      command: [seenNodePath, ...runtimeFlags(memoryBytes, this.#machine), ...args, seenPath],
      needs,
      baseDataBytes: runtimeDataBytes,
    };
  }

  async #needsOfNative({ entryPath, codePath, isHidden }: ProgramQuestion, elf: ElfFile): Promise<string[]> {
    if (elf.loader !== undefined && !(await this.#libraries.hasLoader(elf.loader))) {
      throw bad(entryPath, `an executable for the loader ${elf.loader}, which this machine lacks`);
    }
    if (!isHidden) return [];
    const found = await this.#libraries.librariesOf([entryPath], codePath).catch((error: unknown) => {
      throw bad(entryPath, `an executable that can't be examined (${errorMessage(error)})`);
    });
    if (found.missing.length > 0) {
      throw bad(entryPath, `an executable that needs ${found.missing.join(", ")}, which this machine lacks`);
    }
    return [...found.paths];
  }

  async #interpreter(entryPath: string, named: string): Promise<Interpreter> {
    const path = await findInterpreter(named);
    if (path === undefined) {
      throw bad(
        entryPath,
        `a script for ${named}, which is no program in the folders of this machine's programs`,
      );
    }
    const described = await this.#interpreters
      .of(path, () => describeInterpreter(this.#machine, this.#libraries, path))
      .catch((error: unknown) => {
        throw bad(entryPath, `a script for an interpreter that can't be used (${errorMessage(error)})`);
      });
    if (described === undefined) throw bad(entryPath, `a script for ${path}, which is no executable`);
    return described;
  }
}

/** At least so much is left that RLIMIT_DATA is half of the limit: below 0 it would mean none. */
function reservedBytes({ memoryBytes = 0 }: ProgramQuestion, unusedDataBytes: number): number {
  return Math.ceil(Math.max(-memoryBytes / 2, unusedDataBytes + memoryBytes * RESERVED_SHARE));
}

function bad(path: string, found: string) {
  return sandboxErrors.SANDBOX_BAD_PROGRAM({ path, found });
}
