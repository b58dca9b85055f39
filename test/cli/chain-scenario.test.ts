import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { DevnetStage } from "../../src/chain/devnet/life/scenario-stage.js";
import { monotonicScheduler } from "../../src/clock.js";
import { scenarioControlMethods } from "../../src/host/scenario-control.js";
import { silentLogger } from "../../src/log.js";
import { startControl } from "../control/start-control.js";
import { pretendDevnet } from "../kit/pretend-devnet.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { runCommand } from "./run-in-process.js";

/** A host's control door before a pretended devnet, and a scenario of these steps. */
async function stageWith(steps: string) {
  const devnet = pretendDevnet(() => 0);
  const told: string[] = [];
  const scenarios = new DevnetStage({
    ...{ actions: devnet, peers: devnet.book, scheduler: monotonicScheduler, log: silentLogger },
    onBegin: () => told.push("begin"),
    onEnd: () => told.push("end"),
  });
  const control = await startControl(scenarioControlMethods({ name: "devnet", scenarios }));
  onTestFinished(async () => {
    scenarios.stop();
    await control[Symbol.asyncDispose]();
  });
  const file = await fileWith(steps);
  const run = (...args: string[]) =>
    runCommand(["chain", "scenario", ...args, "--data-dir", control.dataDir]);
  return { devnet, told, file, run, scenarios };
}

async function fileWith(steps: string): Promise<string> {
  const dir = await tempDir();
  onTestFinished(() => dir[Symbol.asyncDispose]());
  const file = join(dir.path, "it.yaml");
  writeFileSync(file, `version: 1\nname: it\nsteps:\n${steps}`);
  return file;
}

describe("chain scenario", () => {
  it("plays a scenario on the running host and tells that it is done", async () => {
    const { devnet, told, file, run } = await stageWith(
      "  - mine: 2\n  - wait: 30ms\n  - expect: { height: 112 }",
    );
    expect(await run(file)).toEqual({ code: 0, stdout: "it: 3 steps, done\n", stderr: "" });
    expect(devnet.done.map(({ what }) => what)).toEqual(["mine"]);
    expect(told).toEqual(["begin", "end"]);
  });

  it("fails at the step that fails, with its line", async () => {
    const { file, run } = await stageWith("  - mine: 2\n  - expect: { height: 7 }\n  - mine: 1");
    const { code, stderr } = await run(file);
    expect(code).toBe(1);
    expect(stderr).toContain("it.yaml:5: step 2 of 3: height is 112, expected is 7");
    // What "CLI_SCENARIO_FAILED" tells ends with the host's own code.
    expect(stderr).toContain("[SCENARIO_EXPECTATION_FAILED]");
    const { code: again, stdout } = await run(file, "--json");
    expect(again).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ state: "failed", step: 2, steps: 3, line: 5, what: "expect" },
      error: { code: "SCENARIO_EXPECTATION_FAILED" },
    });
  });

  it("plays one at a time, and stops the one that plays", async () => {
    const { file, run, scenarios } = await stageWith("  - wait: 1h");
    const waiting = run(file);
    await expect.poll(() => scenarios.progress()?.state).toBe("running");
    const second = await run(file);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain('scenario "it" is at step 1 of 1');
    expect(() => scenarios.play("version: 1\nsteps: [{ mine: 1 }]", "b")).toThrow(
      expect.objectContaining({ code: "SCENARIO_RUNNING" }),
    );
    expect(await run("--stop")).toMatchObject({ code: 0, stdout: expect.stringContaining("stops") });
    const stopped = await waiting;
    expect(stopped.code).toBe(1);
    expect(stopped.stderr).toContain("SCENARIO_STOPPED");
    expect((await run("--stop", "--json")).stdout).toBe('{"stopped":false}\n');
  });

  it("checks a file without a host", async () => {
    const file = await fileWith("  - repeat: { times: 3, steps: [{ mine: 1 }, { expire: }] }");
    const check = (...args: string[]) => runCommand(["chain", "scenario", "--check", ...args]);
    expect(await check(file)).toEqual({ code: 0, stdout: "it: 6 steps, valid\n", stderr: "" });
    const bad = await check(await fileWith("  - mein: 1"));
    expect(bad.code).toBe(1);
    expect(bad.stderr).toContain('it.yaml:4:5: found key "mein"');
    expect(bad.stderr).toContain("did you mean mine?");
    expect((await check("/nowhere.yaml")).stderr).toContain("can't be read");
  });

  it("is called wrongly without a file, and with a file where one stops", async () => {
    expect((await runCommand(["chain", "scenario"])).code).toBe(2);
    expect((await runCommand(["chain", "scenario", "--stop", "x.yaml"])).code).toBe(2);
  });

  it("says so where the chain source can't be scripted", async () => {
    await using control = await startControl(scenarioControlMethods({ name: "replay" }));
    const { code, stderr } = await runCommand([
      ...["chain", "scenario", await fileWith("  - mine: 1"), "--data-dir", control.dataDir],
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain("only a devnet can be scripted");
  });
});
