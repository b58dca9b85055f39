import { expect } from "vitest";

/** An error's text says what was found, what was allowed, and what to do. */
export function expectThreeParts(message: string): void {
  expect(message).toMatch(/^.{4,}?[,;:] .{4,}; .{4,}$/s);
}
