import { expect } from "vitest";
import type { HostHoldings } from "./life-cycles.js";

const MIB = 1024 * 1024;
/** Resident memory that may come with time, and descriptors that may happen to be open at the moment of looking. */
const MEMORY_BYTES = 5 * MIB;
const DESCRIPTORS = 2;

/** Between two looks nothing was left behind but what the runtime keeps to itself. */
export function expectNothingLeft(before: HostHoldings, after: HostHoldings): void {
  expect(after.children).toEqual(before.children);
  expect(after.files).toEqual(before.files);
  expect(Math.abs(after.descriptors - before.descriptors)).toBeLessThanOrEqual(DESCRIPTORS);
  expect((after.memory.rss - before.memory.rss) / MIB).toBeLessThan(MEMORY_BYTES / MIB);
}
