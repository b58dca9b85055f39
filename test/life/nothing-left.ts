import { expect } from "vitest";
import type { HostHoldings } from "./life-cycles.js";

const MIB = 1024 * 1024;
/** Resident memory that may come with time: pages that the allocator keeps for later. */
const RESIDENT_BYTES = 8 * MIB;
/** The runtime's count is exact; code that it compiles meanwhile takes half of this in a thousand lives. */
const COUNTED_BYTES = 2 * MIB;
/** Descriptors that may happen to be open at the moment of looking. */
const DESCRIPTORS = 2;

/** Between two looks nothing was left behind but what the runtime keeps to itself. */
export function expectNothingLeft(before: HostHoldings, after: HostHoldings): void {
  expect(after.children).toEqual(before.children);
  expect(after.files).toEqual(before.files);
  expect(Math.abs(after.descriptors - before.descriptors)).toBeLessThanOrEqual(DESCRIPTORS);
  expect(after.countedBytes - before.countedBytes).toBeLessThan(COUNTED_BYTES);
  expect(after.residentBytes - before.residentBytes).toBeLessThan(RESIDENT_BYTES);
}
