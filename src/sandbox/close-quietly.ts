import { closeSync } from "node:fs";

/** The descriptor is gone whatever close(2) says, and a child that was started must not be forgotten over it. */
export function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // Nothing was written to it that could be lost.
  }
}
