import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { constants, getPriority, setPriority } from "node:os";
import { describe, expect, it } from "vitest";
import { giveWay } from "../../../src/supervisor/monitor/give-way.js";

const lower = (pid: number) => giveWay({ fs, setPriority }, pid);

function groupOf(pid: number): string | undefined {
  try {
    return fs.readFileSync(`/proc/${pid}/autogroup`, "utf8");
  } catch {
    return undefined;
  }
}

describe("giveWay", () => {
  it("lowers a real process below all that run as usual, and says when it is gone", async () => {
    const child = spawn("sleep", ["60"]);
    await once(child, "spawn");
    const pid = child.pid as number;
    const before = getPriority(pid);
    expect(lower(pid)).toBe(true);
    expect(getPriority(pid)).toBeGreaterThan(Math.max(before, constants.priority.PRIORITY_NORMAL));
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(lower(pid)).toBe(false);
  });

  it("lowers the session of a process too, where the kernel shares out time by sessions", async () => {
    const child = spawn("sleep", ["60"], { detached: true });
    await once(child, "spawn");
    const pid = child.pid as number;
    try {
      // Of one order in a tenth of a second by anybody on this machine the kernel says that it is to be given again.
      await expect
        .poll(() => (lower(pid) ? (groupOf(pid) ?? " nice 10") : "gone"), { interval: 50, timeout: 5000 })
        .toContain(" nice 10");
    } finally {
      child.kill("SIGKILL");
    }
  });
});
