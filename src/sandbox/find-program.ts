import { librariesOf } from "./libraries.js";
import type { Machine } from "./machine.js";
import type { Program } from "./program.js";

const MIB = 1024 * 1024;
/** What a program that is no JavaScript may take before its budget begins. */
const NATIVE_DATA_BYTES = 16 * MIB;
/** The runtime's own heap must end before the kernel's limit does, so that it dies with a message. */
const HEAP_SHARE = 0.75;

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
    command: [nodePath, ...heapArgs(memoryBytes), seenPath],
    needs: [nodePath, ...(await librariesFor(nodePath))],
    baseDataBytes: runtimeDataBytes,
  };
}

function heapArgs(memoryBytes: number | undefined): string[] {
  if (memoryBytes === undefined) return [];
  return [`--max-old-space-size=${Math.max(16, Math.floor((memoryBytes * HEAP_SHARE) / MIB))}`];
}
