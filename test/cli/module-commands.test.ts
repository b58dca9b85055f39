import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { runCli } from "../../src/cli/run-cli.js";
import { controlMethod } from "../../src/control/index.js";
import { defineErrors } from "../../src/errors.js";
import { startControl, type TestControl } from "../control/start-control.js";
import { timeLimitMs } from "../kit/time-limit.js";
import { runCommand } from "./run-in-process.js";

const named = z.strictObject({ name: z.string() });
const shopErrors = defineErrors({
  OUT_OF_STOCK: (d: { name: string }) => `no ${d.name} is left, one is needed; buy some`,
});

const facts = {
  name: "watcher",
  version: "1.2.3",
  state: "Error",
  reason: "exit code 7",
  pid: null,
  capabilities: ["read_utxo"],
  limits: { max_memory_bytes: 512 * 1024 * 1024, max_cpu_percent: 50 },
  news: { "\u001b[31m": "red" },
};

interface TestHost {
  readonly control: TestControl;
  /** The calls that came, as `method name`. */
  readonly calls: readonly string[];
}

async function startHost(run: (name: string) => Promise<void> = async () => {}): Promise<TestHost> {
  const calls: string[] = [];
  const noted = (method: string) =>
    controlMethod(named, async ({ name }) => {
      calls.push(`${method} ${name}`);
      await run(name);
    });
  const control = await startControl({
    loadmodule: noted("loadmodule"),
    unloadmodule: noted("unloadmodule"),
    reloadmodule: noted("reloadmodule"),
    showmodule: controlMethod(named, ({ name }) => {
      if (name !== facts.name) throw shopErrors.OUT_OF_STOCK({ name });
      return facts;
    }),
    listmodules: controlMethod(z.strictObject({}), () => [
      { ...facts, module_id: null },
      { name: "quiet", version: "1.0.0", state: "Running", pid: 7, module_id: "quiet_0", capabilities: [] },
    ]),
  });
  return { control, calls };
}

/** Ends of a command line that a test looks at while it runs. */
class Sink extends Writable {
  text = "";
  readonly #onText: (text: string) => void;

  constructor(onText: (text: string) => void = () => {}) {
    super({ decodeStrings: false });
    this.#onText = onText;
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    this.#onText(this.text);
    done();
  }
}

describe("modules load, unload and reload", () => {
  it("ask the host and print one line when it is done", async () => {
    const { control, calls } = await startHost();
    await using _ = control;
    for (const [verb, done] of [
      ["load", "loaded"],
      ["unload", "unloaded"],
      ["reload", "reloaded"],
    ]) {
      const result = await runCommand(["modules", verb ?? "", "watcher", "--data-dir", control.dataDir]);
      expect(result).toEqual({ code: 0, stdout: `Module watcher ${done}\n`, stderr: "" });
    }
    expect(calls).toEqual(["loadmodule watcher", "unloadmodule watcher", "reloadmodule watcher"]);
  });

  it("exit with 1 and the host's own words when it refuses", async () => {
    const { control } = await startHost(async (name) => {
      throw shopErrors.OUT_OF_STOCK({ name });
    });
    await using _ = control;
    for (const verb of ["load", "unload", "reload"]) {
      expect(await runCommand(["modules", verb, "bread", "--data-dir", control.dataDir])).toEqual({
        code: 1,
        stdout: "",
        stderr: "blvm-streams: no bread is left, one is needed; buy some\n",
      });
    }
  });

  it("say after a second on stderr that it still goes on", async () => {
    let finish: () => void = () => {};
    const { control } = await startHost(() => new Promise((resolve) => (finish = resolve)));
    await using _ = control;
    const stdout = new Sink();
    const stderr = new Sink(() => finish());
    const startedMs = performance.now();
    const args = ["modules", "load", "watcher", "--data-dir", control.dataDir];
    expect(await runCli(args, { stdout, stderr, columns: undefined })).toBe(0);
    expect(stderr.text).toMatch(/^blvm-streams: watcher is still loading;.*\n$/);
    expect(stdout.text).toBe("Module watcher loaded\n");
    expect(performance.now() - startedMs).toBeGreaterThan(990);
    expect(performance.now() - startedMs).toBeLessThan(timeLimitMs(3000));
  });

  it("exit with 1 when the host goes away in the midst", async () => {
    let isAsked: () => void = () => {};
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    const { control } = await startHost(() => {
      isAsked();
      return new Promise(() => {});
    });
    await using _ = control;
    const result = runCommand(["modules", "unload", "watcher", "--data-dir", control.dataDir]);
    await asked;
    await control.server.close();
    expect(await result).toEqual({ code: 1, stdout: "", stderr: expect.stringContaining("unloadmodule") });
  });
});

describe("modules show", () => {
  it("prints the host's answer as JSON", async () => {
    const { control } = await startHost();
    await using _ = control;
    const { code, stdout } = await runCommand([
      "modules",
      "show",
      "watcher",
      "--json",
      "--data-dir",
      control.dataDir,
    ]);
    expect([code, JSON.parse(stdout)]).toEqual([0, facts]);
  });

  it("prints a line for each fact, known to it or not, and no control characters", async () => {
    const { control } = await startHost();
    await using _ = control;
    const { stdout } = await runCommand(["modules", "show", "watcher", "--data-dir", control.dataDir]);
    expect(stdout.split("\n").map((line) => line.replace(/ {2,}/, " | "))).toEqual([
      "FACT | VALUE",
      "name | watcher",
      "version | 1.2.3",
      "state | Error",
      "reason | exit code 7",
      "pid | -",
      "capabilities | read_utxo",
      "limits.max_memory_bytes | 512 MiB",
      "limits.max_cpu_percent | 50 %",
      "news.?[31m | red",
      "",
    ]);
  });

  it("exits with 1 for a name that the host doesn't know", async () => {
    const { control } = await startHost();
    await using _ = control;
    const { code, stderr } = await runCommand(["modules", "show", "bread", "--data-dir", control.dataDir]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("no bread is left")]);
  });
});

describe("modules list", () => {
  it("has a column for reasons where a module has one", async () => {
    const { control } = await startHost();
    await using _ = control;
    const { stdout } = await runCommand(["modules", "list", "--data-dir", control.dataDir]);
    expect(stdout).toMatch(/^NAME .* CAPABILITIES +REASON$/m);
    expect(stdout).toMatch(/^watcher +1\.2\.3 +Error +- +- +read_utxo +exit code 7$/m);
    expect(stdout).toMatch(/^quiet .* none$/m);
  });
});
