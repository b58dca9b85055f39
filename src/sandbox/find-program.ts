import { heapArgs } from "./heap-limit.js";
import { librariesOf } from "./libraries.js";
import type { Machine } from "./machine.js";
import type { Program } from "./program.js";

const MIB = 1024 * 1024;
/** What a program that is no JavaScript may take before its budget begins. */
const NATIVE_DATA_BYTES = 16 * MIB;

/**
 * Finds out how an entry point is run and what must be in sight for that.
 * @param seenPath the same file as the module sees it
 * @param memoryBytes undefined where nothing limits it
 * @param isHidden whether nothing is in sight but what the program is said to need
 */
export async function findProgram(
  machine: Machine,
  {
    entryPath,
    seenPath,
    memoryBytes,
    isHidden,
  }: {
    readonly entryPath: string;
    readonly seenPath: string;
    readonly memoryBytes: number | undefined;
    readonly isHidden: boolean;
  },
): Promise<Program> {
  const { nodePath, runtimeDataBytes } = machine;
  const librariesFor = (path: string) => (isHidden ? librariesOf(machine.tools.ldd, path) : []);
  if (!/\.[cm]?js$/.test(entryPath)) {
    const needs = await librariesFor(entryPath);
    return { command: [seenPath], needs, baseDataBytes: NATIVE_DATA_BYTES };
  }
  return {
    command: [nodePath, ...heapArgs(memoryBytes, machine), seenPath],
    needs: [nodePath, ...(await librariesFor(nodePath))],
    baseDataBytes: runtimeDataBytes,
  };
}
