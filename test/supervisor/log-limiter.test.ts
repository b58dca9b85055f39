import { VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import { LogLimiter } from "../../src/supervisor/log-limiter.js";
import { recordingLog } from "../kit/process-recording-log.js";

function setUp() {
  const log = recordingLog();
  const scheduler = new VirtualTimeScheduler();
  const limiter = new LogLimiter({ log, scheduler }, { moduleName: "probe", maxPerSecond: 3 });
  const admit = (count: number) =>
    Array.from({ length: count }, () => limiter.admit()).filter(Boolean).length;
  return { log, scheduler, limiter, admit };
}

describe("LogLimiter", () => {
  it("admits the first messages of a second and tells how many it dropped", () => {
    const { log, scheduler, admit } = setUp();
    expect(admit(10)).toBe(3);
    scheduler.flush();
    expect(log.lines).toMatchObject([{ level: "warn", fields: { module: "probe", dropped: 7 } }]);
  });

  it("admits again in the next second", () => {
    const { log, scheduler, admit } = setUp();
    admit(3);
    scheduler.flush();
    expect(admit(3)).toBe(3);
    expect(log.lines).toEqual([]);
  });

  it("tells at its close what the running second dropped", () => {
    const { log, limiter, admit } = setUp();
    admit(5);
    limiter.close();
    limiter.close();
    expect(log.messages()).toEqual(["2 log messages were dropped"]);
  });
});
