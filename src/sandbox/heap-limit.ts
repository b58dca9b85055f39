import { sandboxErrors } from "./errors.js";
import type { Machine } from "./machine.js";

const MIB = 1024 * 1024;
const LEAST_HEAP_MIB = 16;
/** V8 keeps three halves of the young generation at most, and grows them in powers of two. */
const YOUNG_PARTS = 3;
const LARGEST_SEMI_SPACE_MIB = 16;

/** A JavaScript module that couldn't even start isn't started. @throws SANDBOX_MEMORY_TOO_SMALL */
export function requireRoom({ runtimeResidentBytes = 0 }: Machine, limitBytes: number | undefined): void {
  const leastBytes = runtimeResidentBytes + LEAST_HEAP_MIB * MIB;
  if (limitBytes === undefined || limitBytes >= leastBytes) return;
  throw sandboxErrors.SANDBOX_MEMORY_TOO_SMALL({ limitBytes, leastBytes });
}

/**
 * V8's own limits, so that a heap that grows without end dies with V8's message before the kernel refuses memory: of
 * what the limit leaves beside the runtime, three quarters are for objects that live on and an eighth for young ones.
 * The rest is for buffers, code and stacks.
 */
export function heapArgs(memoryBytes: number | undefined, { runtimeResidentBytes = 0 }: Machine): string[] {
  if (memoryBytes === undefined) return [];
  const leftMib = Math.max(0, memoryBytes - runtimeResidentBytes) / MIB;
  const heapMib = Math.max(LEAST_HEAP_MIB, Math.floor(leftMib * 0.75));
  const semiSpaceMib = 2 ** Math.floor(Math.log2(Math.max(1, leftMib / 8 / YOUNG_PARTS)));
  return [
    `--max-old-space-size=${heapMib}`,
    `--max-semi-space-size=${Math.min(LARGEST_SEMI_SPACE_MIB, semiSpaceMib)}`,
  ];
}
