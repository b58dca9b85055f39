import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { processWrites } from "../../../src/supervisor/monitor/process-writes.js";

const processes = processWrites(fs, process.pid);
const child = spawn("sleep", ["60"], { stdio: "ignore" });
const pid = child.pid ?? 0;

afterEach(() => {
  child.kill("SIGKILL");
});

describe("processWrites", () => {
  it("knows who was stopped once more while it was stopped, until it goes on", async () => {
    expect(processes.isStopped(pid)).toBe(false);
    child.kill("SIGSTOP");
    await expect.poll(() => processes.isStopped(pid)).toBe(true);
    expect(processes.isStoppedTwice(pid)).toBe(false);
    child.kill("SIGSTOP");
    expect(processes.isStoppedTwice(pid)).toBe(true);
    child.kill("SIGCONT");
    await expect.poll(() => processes.isStopped(pid)).toBe(false);
    expect(processes.isStoppedTwice(pid)).toBe(false);
    expect(processes.isStoppedTwice(2 ** 30)).toBe(false);
  });
});
