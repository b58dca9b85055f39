import { describe, expect, it, vi } from "vitest";
import { openDataGuard } from "../../../src/supervisor/monitor/data-guard.js";
import { withDeadline } from "../../kit/ipc-deadline.js";
import { recordingLog } from "../../kit/process-recording-log.js";

const failure = vi.hoisted(() => ({ script: "" as string | undefined }));

vi.mock("node:worker_threads", async (importOriginal) => {
  const threads = await importOriginal<typeof import("node:worker_threads")>();
  return {
    ...threads,
    // A real thread that runs another script, or the runtime's refusal to start one.
    Worker: class extends threads.Worker {
      constructor(_script: string, options: object) {
        if (failure.script === undefined) throw new Error("no thread to be had");
        super(failure.script, options);
      }
    },
  };
});

const TOLD = "the thread that guards data directories failed: fast writers are found by the clock alone";

describe("a guard whose thread", () => {
  it.each([
    ["can't be started", undefined, /no thread to be had/],
    ["throws before its first look", "throw new Error('blind')", /blind/],
  ])("%s keeps no module waiting, and says so", async (_how, script, reason) => {
    failure.script = script;
    const log = recordingLog();
    const guard = openDataGuard({ log }, () => {});
    guard.watch("writer", { path: "/nowhere", maxBytes: 1, maxFiles: 1 });
    await withDeadline(guard.watching(), "the guard's first look or its end");
    await withDeadline(guard.close(), "the end of the guard");
    expect(log.lines).toEqual([
      expect.objectContaining({
        level: "error",
        fields: { reason: expect.stringMatching(reason) },
        message: TOLD,
      }),
    ]);
  });

  it("ends before its first look keeps no module waiting", async () => {
    failure.script = "process.exit(0)";
    const guard = openDataGuard({ log: recordingLog() }, () => {});
    guard.watch("writer", { path: "/nowhere", maxBytes: 1, maxFiles: 1 });
    await withDeadline(guard.watching(), "the end of the guard's thread");
    await withDeadline(guard.close(), "the end of the guard");
  });
});
