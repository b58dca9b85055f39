import { describe, expect, it } from "vitest";
import { stopProcess } from "../../src/supervisor/stop-ladder.js";
import { firstLine, launchScript } from "../kit/process-launch.js";

const forEver = "setInterval(() => {}, 1000);";
const patient = { termAfterMs: 10_000, killAfterMs: 10_000 };
const hasty = { termAfterMs: 20, killAfterMs: 200 };

describe("stopProcess", () => {
  it("waits for a module that stops by itself", async () => {
    await using script = await launchScript("process.stdin.resume().on('end', () => process.exit(0))");
    const outcome = await stopProcess({ process: script.process }, patient);
    expect(outcome).toMatchObject({ step: "message", report: { reason: "stopped as asked with code 0" } });
  });

  it("tells the code of a module that fails while stopping", async () => {
    await using script = await launchScript("process.exit(7)");
    const outcome = await stopProcess({ process: script.process }, patient);
    expect(outcome.report?.reason).toBe("exited with code 7 after it was asked to stop");
  });

  it("sends SIGTERM when the message had no effect", async () => {
    await using script = await launchScript(forEver);
    const outcome = await stopProcess({ process: script.process }, { ...patient, termAfterMs: 20 });
    expect(outcome).toMatchObject({ step: "term", report: { signal: "SIGTERM" } });
  });

  it("kills a module that ignores SIGTERM", async () => {
    await using script = await launchScript(`process.on('SIGTERM', () => {}); console.log(1); ${forEver}`);
    await firstLine(script.process.stdout);
    const outcome = await stopProcess({ process: script.process }, hasty);
    expect(outcome).toMatchObject({ step: "kill", report: { signal: "SIGKILL", wasAsked: true } });
  });

  it("kills a module that was stopped with SIGSTOP", async () => {
    await using script = await launchScript(`console.log(1); ${forEver}`);
    await firstLine(script.process.stdout);
    process.kill(script.process.pid ?? 0, "SIGSTOP");
    const outcome = await stopProcess({ process: script.process }, hasty);
    expect(outcome).toMatchObject({ step: "kill", report: { signal: "SIGKILL" } });
  });

  it("gives up on a process that outlives SIGKILL", async () => {
    await using script = await launchScript(forEver);
    const immortal = { ...script.process, exited: new Promise<never>(() => {}), kill() {}, requestTerm() {} };
    const outcome = await stopProcess({ process: immortal }, { ...hasty, abandonAfterMs: 20 });
    expect(outcome).toEqual({ step: "abandoned", report: undefined });
  });

  it("returns at once for a process that is dead already", async () => {
    await using script = await launchScript("process.exit(1)");
    await script.process.exited;
    const outcome = await stopProcess({ process: script.process }, { termAfterMs: 0, killAfterMs: 0 });
    expect(outcome).toMatchObject({ step: "message", report: { code: 1 } });
  });
});
