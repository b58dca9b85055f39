import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { cliErrors } from "../../src/cli/errors.js";
import { controlMethod } from "../../src/control/index.js";
import { defineErrors } from "../../src/errors.js";
import { type AnyEvent, exampleEvent, toJson } from "../../src/events/index.js";
import { startControl, type TestControl } from "../control/start-control.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { runCommand } from "./run-in-process.js";

const counts = {
  matched: 9,
  delivered: 5,
  dropped_full: 1,
  failed_closed: 1,
  fate_unknown: 1,
  failed_serialization: 1,
  filtered: 0,
  waiting: 1,
  in_flight: 0,
  successful: 5,
  failed: 2,
  channel_full: 1,
};
const books = { watcher: { ...counts, acks: false, by_type: { NewBlock: counts } } };
const listing = [
  { name: "watcher", version: "1.0.0", state: "Running", pid: 7, module_id: "watcher_0", capabilities: [] },
  {
    name: "idle",
    version: "0.1.0",
    state: "Stopped",
    pid: null,
    module_id: null,
    capabilities: ["read_utxo"],
  },
];
const noModule = defineErrors({
  NO_MODULE: (d: { name: string }) => `no module ${d.name}; see modules list`,
});

function startHost(): Promise<TestControl> {
  return startControl({
    stats: controlMethod(z.strictObject({ module: z.string().optional() }), ({ module }) => {
      if (module !== undefined && module !== "watcher") throw noModule.NO_MODULE({ name: module });
      return { modules: books };
    }),
    listmodules: controlMethod(z.strictObject({}), () => listing),
    attachmodule: controlMethod(z.strictObject({ name: z.string() }), ({ name }) => ({
      env: { MODULE_NAME: name, DATA_DIR: "/it's here" },
      token: "00ff",
    })),
  });
}

function block(seq: number): AnyEvent {
  return { seq, type: "NewBlock", payload: exampleEvent("NewBlock"), timestamp_ms: 0, source: "node" };
}

describe("explain", () => {
  const answer = {
    module: "watcher",
    seq: 7,
    fate: "dropped",
    text: "Dropped: the channel of watcher was full.",
    event_type: "NewBlock",
    published_ms: 1000,
    waiting_before: 3,
  };
  const startExplaining = () =>
    startControl({
      explain: controlMethod(
        z.strictObject({ module: z.string(), event: z.number() }),
        ({ module, event }) => {
          if (module !== "watcher") throw noModule.NO_MODULE({ name: module });
          return { ...answer, seq: event };
        },
      ),
    });
  const explain = (dataDir: string, ...args: string[]) =>
    runCommand(["explain", ...args, "--data-dir", dataDir]);

  it("prints the event, its fate and the reason, or the host's answer as JSON", async () => {
    await using host = await startExplaining();
    const asked = ["--event", "7", "--module", "watcher"];
    expect(await explain(host.dataDir, ...asked)).toMatchObject({
      code: 0,
      stdout:
        "event 7 NewBlock, published 1970-01-01T00:00:01.000Z\nwatcher: dropped\nDropped: the channel of watcher was full.\n",
    });
    expect(JSON.parse((await explain(host.dataDir, ...asked, "--json")).stdout)).toEqual(answer);
  });

  it("exits with 1 for a module that is not installed, and with 2 for what is no sequence number", async () => {
    await using host = await startExplaining();
    const unknown = await explain(host.dataDir, "--event", "7", "--module", "nobody");
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining("no module nobody")]);
    expect(await explain(host.dataDir, "--event", "0", "--module", "watcher")).toHaveProperty("code", 2);
    expect(await explain(host.dataDir, "--module", "watcher")).toHaveProperty("code", 2);
  });
});

describe("stats", () => {
  it("prints what the host answers as JSON", async () => {
    await using host = await startHost();
    const { code, stdout } = await runCommand(["stats", "--json", "--data-dir", host.dataDir]);
    expect([code, JSON.parse(stdout)]).toEqual([0, { modules: books }]);
  });

  it("prints a row per module, or per event type of one module", async () => {
    await using host = await startHost();
    const all = await runCommand(["stats", "--data-dir", host.dataDir]);
    expect(all.stdout).toMatch(/^MODULE +MATCHED +DELIVERED .*\nwatcher +9 +5 +1 +1 +1 +1 +0 +1 +0\n$/);
    const one = await runCommand(["stats", "watcher", "--data-dir", host.dataDir]);
    expect(one.stdout).toMatch(/does not acknowledge.*\nEVENT .*\nNewBlock +9 .*\ntotal +9 .*\n$/);
  });

  it("says on a narrow terminal which columns are 0 instead of showing them, and hides no other", async () => {
    await using host = await startHost();
    const { stdout } = await runCommand(["stats", "--data-dir", host.dataDir], 80);
    expect(stdout.split("\n")[0]).toMatch(
      /DROPPED_FULL +FAILED_CLOSED +FATE_UNKNOWN +FAILED_SERIALIZATION +WAITING$/,
    );
    expect(stdout).toMatch(/\n0 in every row: FILTERED, IN_FLIGHT\n$/);
  });

  it("exits with 1 and the host's reason for an unknown module", async () => {
    await using host = await startHost();
    const { code, stdout, stderr } = await runCommand([
      "stats",
      "nobody",
      "--json",
      "--data-dir",
      host.dataDir,
    ]);
    expect([code, stdout, stderr]).toEqual([1, "", "blvm-streams: no module nobody; see modules list\n"]);
  });
});

describe("modules", () => {
  it("lists modules as JSON and as a table", async () => {
    await using host = await startHost();
    const json = await runCommand(["modules", "list", "--json", "--data-dir", host.dataDir]);
    expect(JSON.parse(json.stdout)).toEqual(listing);
    const table = await runCommand(["modules", "list", "--data-dir", host.dataDir]);
    expect(table.stdout).toMatch(/^watcher +1\.0\.0 +Running +7 +watcher_0 +none$/m);
    expect(table.stdout).toMatch(/^idle +0\.1\.0 +Stopped +- +- +read_utxo$/m);
  });

  it("prints the environment of an attached module for a shell and as JSON", async () => {
    await using host = await startHost();
    const args = ["modules", "attach", "mine", "--data-dir", host.dataDir];
    expect((await runCommand(args)).stdout).toBe(
      "export MODULE_NAME=mine\nexport DATA_DIR='/it'\\''s here'\nexport BLVM_IPC_TOKEN=00ff\n",
    );
    expect(JSON.parse((await runCommand([...args, "--json"])).stdout)).toEqual({
      env: { MODULE_NAME: "mine", DATA_DIR: "/it's here" },
      token: "00ff",
    });
  });
});

describe("tap", () => {
  it("prints one envelope a line and stops after the wanted number", async () => {
    await using host = await startHost();
    const tap = runCommand(["tap", "NewBlock", "--json", "--count", "2", "--data-dir", host.dataDir]);
    await vi.waitFor(() => expect(host.events.observed).toBe(true));
    for (const seq of [1, 2, 3]) host.events.next(block(seq));
    const { code, stdout, stderr } = await tap;
    expect([code, stderr]).toEqual([0, ""]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      [1, 2].map((seq) => JSON.parse(JSON.stringify(toJson(block(seq))))),
    );
  });

  it("prints a readable line per event without --json", async () => {
    await using host = await startHost();
    const tap = runCommand(["tap", "--count", "1", "--data-dir", host.dataDir]);
    await vi.waitFor(() => expect(host.events.observed).toBe(true));
    host.events.next(block(5));
    expect((await tap).stdout).toMatch(
      /^#5 00:00:00\.000 NewBlock node block_hash=[0-9a-f]{64} height=\d+\n$/,
    );
  });

  it("says how many events a slow reader lost", async () => {
    await using host = await startHost();
    const tap = runCommand(["tap", "--json", "--data-dir", host.dataDir]);
    await vi.waitFor(() => expect(host.events.observed).toBe(true));
    for (let seq = 1; seq <= 50_000; seq++) host.events.next(block(seq));
    await host.server.close();
    const { code, stderr } = await tap;
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^blvm-streams: \d+ events dropped here \(seq \d+ to 50000\)/),
    ]);
  });

  it("ends with the host, and fails when events are still wanted", async () => {
    for (const [args, code, stderr] of [
      [[], 0, ""],
      [["--count", "2"], 1, `blvm-streams: ${cliErrors.CLI_TAP_ENDED({ received: 0, wanted: 2 }).message}\n`],
    ] as const) {
      await using host = await startHost();
      const tap = runCommand(["tap", ...args, "--data-dir", host.dataDir]);
      await vi.waitFor(() => expect(host.events.observed).toBe(true));
      await host.server.close();
      expect(await tap).toEqual({ code, stdout: "", stderr });
    }
    expect(cliErrors.CLI_TAP_ENDED({ received: 0, wanted: 2 }).code).toBe("CLI_TAP_ENDED");
  });

  it("exits with 1 for an unknown type and where no host runs", async () => {
    await using host = await startHost();
    const unknown = await runCommand(["tap", "NewBlok", "--data-dir", host.dataDir]);
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining("did you mean NewBlock?")]);
    await using empty = await tempDir();
    const absent = await runCommand(["tap", "--data-dir", empty.path]);
    expect([absent.code, absent.stderr]).toEqual([1, expect.stringContaining("no host is running")]);
  });
});
