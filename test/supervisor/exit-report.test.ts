import { describe, expect, it } from "vitest";
import {
  describeExit,
  describeSandboxExit,
  describeSpawnFailure,
  tellEnd,
} from "../../src/supervisor/exit-report.js";

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
    expect(describeExit(code, signal, wasAsked)).toEqual({
      code,
      signal,
      wasAsked,
      isStartFailure: false,
      reason,
    });
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

describe("describeSandboxExit", () => {
  it.each([
    [0, null, 0, { code: 0, signal: null, isStartFailure: false }],
    [3, null, 3, { code: 3, signal: null, isStartFailure: false, reason: "exited with code 3" }],
    [134, null, 134, { code: null, signal: "SIGABRT" }],
    [255, null, 255, { code: 255, signal: null, reason: "exited with code 255" }],
    [null, "SIGKILL", undefined, { code: null, signal: "SIGKILL", reason: "killed by SIGKILL" }],
    [1, null, undefined, { code: 1, signal: null, isStartFailure: true }],
  ])("reads code %s, signal %s and told %s", (code, signal, told, expected) => {
    expect(describeSandboxExit(code, signal, told, false)).toMatchObject(expected);
  });

  it("calls what is asked to stop before its program ran stopped by its signal, not a start that failed", () => {
    expect(describeSandboxExit(143, null, undefined, true)).toMatchObject({
      isStartFailure: false,
      reason: "killed by SIGTERM after it was asked to stop",
    });
    expect(describeSandboxExit(143, null, undefined, false)).toMatchObject({ isStartFailure: true });
    expect(describeSandboxExit(1, null, undefined, true)).toMatchObject({ isStartFailure: true });
  });

  it("names the exit code beside the signal that it may be", () => {
    const { reason } = describeSandboxExit(143, null, 143, true);
    expect(reason).toMatch(/^killed by SIGTERM after it was asked to stop \(or exited with code 143: /);
  });
});

describe("tellEnd", () => {
  it("takes a launcher's words for the end only where a launcher may have failed", () => {
    const said = "bwrap: no";
    expect(tellEnd(describeSandboxExit(1, null, undefined, false), said)).toBe(
      "could not be started: bwrap: no",
    );
    expect(tellEnd(describeExit(127, null, false), said)).toBe("could not be started: bwrap: no");
    expect(tellEnd(describeExit(42, null, false), said)).toBe("exited with code 42");
    expect(tellEnd(describeExit(null, "SIGKILL", false), said)).toBe("killed by SIGKILL");
    expect(tellEnd(describeExit(1, null, false))).toBe("exited with code 1");
  });
});
