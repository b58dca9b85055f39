import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants, getPriority } from "node:os";
import { describe, expect, it } from "vitest";
import { giveWay } from "../../../src/supervisor/monitor/give-way.js";

describe("giveWay", () => {
  it("lowers a real process below all that run as usual, and says when it is gone", async () => {
    const child = spawn("sleep", ["60"]);
    await once(child, "spawn");
    const pid = child.pid as number;
    const before = getPriority(pid);
    expect(giveWay(pid)).toBe(true);
    expect(getPriority(pid)).toBeGreaterThan(Math.max(before, constants.priority.PRIORITY_NORMAL));
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(giveWay(pid)).toBe(false);
  });
});
