import { readFileSync } from "node:fs";
import { vi } from "vitest";

/** Whether a process runs no more: it is absent, or a zombie that nobody has reaped yet. */
export function isGone(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return ["Z", "X"].includes(stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3));
  } catch {
    return true;
  }
}

/** Resolves when a process runs no more; rejects after `withinMs`. */
export async function gone(pid: number, withinMs: number): Promise<void> {
  await vi.waitFor(
    () => {
      if (!isGone(pid)) throw new Error(`process ${pid} still runs`);
    },
    { timeout: withinMs, interval: 10 },
  );
}
