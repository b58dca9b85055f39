import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cliErrors } from "../../src/cli/errors.js";
import { controlErrors } from "../../src/control/errors.js";
import { createHost, type Host } from "../../src/host.js";
import { runCommand } from "../cli/run-in-process.js";
import { eventually } from "../kit/ipc-deadline.js";
import { recordingLog } from "../kit/process-recording-log.js";
import { tempDir } from "../kit/process-temp-dir.js";

/** A host whose chain is silent, with a folder of streams, as files and as the command sees it. */
async function hostWithStreams() {
  const dir = await tempDir();
  const streams = join(dir.path, "streams");
  const dataDir = join(dir.path, "data");
  await mkdir(streams);
  const host: Host = createHost(
    {
      chain: { source: "replay", files: undefined, events_per_second: 1, loop: false },
      http: { port: 0 },
      modules: { data_dir: dataDir, modules_dir: join(dir.path, "none"), shutdown_ack_ms: 50 },
      streams: { dir: streams, files_dir: join(dir.path, "out") },
      sandbox: { mode: "off" },
    },
    { log: recordingLog() },
  );
  const command = async (...args: string[]) => {
    const [name = "", ...others] = args;
    return runCommand([name, ...others, "--data-dir", dataDir]);
  };
  return {
    host,
    dataDir,
    put: (name: string, text: string) => writeFile(join(streams, name), text),
    remove: (name: string) => rm(join(streams, name)),
    out: async (name: string) => {
      const text = await readFile(join(dir.path, "out", name), "utf8").catch(() => "");
      return text.split("\n").filter((line) => line !== "");
    },
    list: async () => JSON.parse((await command("streams", "list", "--json")).stdout),
    command,
    async [Symbol.asyncDispose]() {
      await host.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

const toFile = (name: string, map: string) => `version: 1
name: ${name}
source: { events: [NewTransaction] }
steps:
  - { id: short, map: '${map}' }
sinks:
  - { id: file, file: { path: ${name}.ndjson } }
`;

describe("a host with a folder of streams", () => {
  it("runs, changes, keeps and ends them with their files, and tells what passes a step", async () => {
    await using node = await hostWithStreams();
    const { host, put } = node;
    await put("kept.yaml", toFile("kept", "event.payload.tx_hash"));
    await host.start();
    const publish = (digit: string) => host.publish("NewTransaction", { tx_hash: digit.repeat(64) });
    publish("1");
    await put("late.yaml", toFile("late", "event.seq"));
    await eventually("the second stream", async () => (await node.list()).length === 2);
    publish("2");
    const tapped = node.command("tap", "--stream", "kept", "--step", "short", "--count", "1");
    await eventually("an item at the tap", async () => {
      publish("3");
      return Promise.race([
        tapped.then(() => true),
        new Promise<false>((done) => setTimeout(done, 100, false)),
      ]);
    });
    expect(await tapped).toMatchObject({ code: 0, stdout: `"${"3".repeat(64)}"\n` });

    await put("kept.yaml", toFile("kept", 'event.payload.tx_hash + "!"'));
    await eventually("generation 2", async () => (await node.list())[0]?.generation === 2);
    await put("late.yaml", "version: 1\nname: late\nsource: { events: [Nothing] }\n");
    await eventually("the problems", async () => (await node.list())[1]?.problems.length > 0);
    publish("4");
    const shown = await node.command("streams", "show", "late");
    expect(shown.stdout).toMatch(/late: running .* generation 1 of late\.yaml\n[\s\S]*late\.yaml:3:\d+: /);
    const metrics = await (await fetch(`${host.httpUrl}/metrics`)).text();
    expect(metrics).toContain('blvm_stream_generation{pipeline="kept"} 2');
    expect(metrics).toMatch(
      /blvm_pipeline_events_total\{pipeline="late",step="file",direction="out"\} [1-9]/,
    );

    // What leaves a stream counts once, however many parts count it.
    const table = (await node.command("streams", "list")).stdout.split("\n");
    const [, state, generation, taken, out] = table.find((row) => row.startsWith("kept "))?.split(/ +/) ?? [];
    expect([state, generation, out]).toEqual(["running", "2", taken]);

    await node.remove("late.yaml");
    await eventually("the end of the second stream", async () => (await node.list()).length === 1);
    await host.close();
    const kept = await node.out("kept.ndjson");
    expect(kept[0]).toBe(`"${"1".repeat(64)}"`);
    expect(kept.at(-1)).toBe(`"${"4".repeat(64)}!"`);
    expect((await node.out("late.ndjson")).length).toBeGreaterThan(0);
  });

  it("refuses half a tap and a stream that isn't there with what there is", async () => {
    await using node = await hostWithStreams();
    await node.host.start();
    const half = await node.command("tap", "--stream", "kept");
    expect([half.code, half.stderr]).toEqual([1, expect.stringContaining("--stream with --step")]);
    const codes = [cliErrors.CLI_TAP_UNCLEAR({ found: "" }), controlErrors.CONTROL_NO_STREAMS({})].map(
      ({ code }) => code,
    );
    expect(codes).toEqual(["CLI_TAP_UNCLEAR", "CONTROL_NO_STREAMS"]);
    const unknown = await node.command("streams", "show", "kept");
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining("the host runs none")]);
    expect((await node.command("streams", "list")).stdout).toContain("streams.dir");
  });
});
