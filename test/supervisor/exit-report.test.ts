import { describe, expect, it } from "vitest";
import { describeExit, describeSpawnFailure } from "../../src/supervisor/exit-report.js";

describe("describeExit", () => {
  it.each([
    [0, null, false, "exited with code 0 though nobody asked it to stop"],
    [0, null, true, "stopped as asked with code 0"],
    [1, null, false, "exited with code 1"],
    [1, null, true, "exited with code 1 after it was asked to stop"],
    [137, null, false, "exited with code 137 (128 + SIGKILL)"],
    [null, "SIGSEGV", false, "killed by SIGSEGV"],
    [null, "SIGTERM", true, "killed by SIGTERM after it was asked to stop"],
    [null, null, false, "ended without code or signal"],
  ])("calls code %s, signal %s, asked %s: %s", (code, signal, wasAsked, reason) => {
    expect(describeExit(code, signal, wasAsked)).toEqual({ code, signal, wasAsked, reason });
  });

  it("mentions the launcher for the codes that launchers use", () => {
    expect(describeExit(127, null, false).reason).toContain("can't run the program");
  });
});

describe("describeSpawnFailure", () => {
  it("names everything that may be missing", () => {
    const error = Object.assign(new Error("spawn x ENOENT"), { code: "ENOENT" });
    const { reason } = describeSpawnFailure(error, "/bin/x", "/data");
    expect(reason).toMatch(/^could not be started: ENOENT: \/bin\/x.*\/data/);
  });
});
