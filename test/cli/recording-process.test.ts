import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readHostFile } from "../../src/control/index.js";
import { openRecording } from "../../src/recordings/index.js";
import { until } from "../kit/host-until.js";
import { withDeadline } from "../kit/ipc-deadline.js";
import { distUrl } from "../kit/process-dist.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { collect } from "../kit/recording-files.js";
import { runCommand } from "./run-in-process.js";

const main = fileURLToPath(distUrl("cli/main.js"));
const PATIENCE_MS = 60_000;

/** A host in a process of its own, in a folder of its own; it doesn't outlive the test. */
async function up(dir: string, config: string) {
  await mkdir(dir, { recursive: true });
  const dataDir = join(dir, "data");
  const rest = `[http]
port = 0
[sandbox]
mode = "off"
[modules]
data_dir = "data"
modules_dir = "."
`;
  await writeFile(join(dir, "blvm-streams.toml"), `${config}\n${rest}`);
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith("BLVM_"));
  const child: ChildProcess = spawn(process.execPath, [main, "up"], {
    cwd: dir,
    env: Object.fromEntries(clean),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  let said = "";
  child.stdout?.setEncoding("utf8").on("data", (piece: string) => {
    said += piece;
  });
  await until("the host runs", async () => (await readHostFile(dataDir)) !== undefined, PATIENCE_MS);
  return {
    ...{ dataDir, said: () => said },
    async close() {
      child.kill("SIGTERM");
      expect(await withDeadline(exited, "the end of the host")).toEqual([0, null]);
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

describe("a recorder that was killed", { timeout: 240_000 }, () => {
  it("leaves a file that another host plays as its chain, block by block", async () => {
    await using temp = await tempDir();
    const file = join(temp.path, "killed.rec");
    {
      await using recorded = await up(
        join(temp.path, "first"),
        "[devnet]\nblock_interval_s = 0.2\ntransactions_per_second = 10\nreorg_probability = 0.2\npersist = false\ninitial_blocks = 105",
      );
      const args = [main, "record", file, "--data-dir", recorded.dataDir];
      const recorder = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
      const said = text(recorder.stderr as NonNullable<typeof recorder.stderr>);
      const exited = once(recorder, "exit");
      const hasSegment = async () => ((await stat(file).catch(() => undefined))?.size ?? 0) > 2_000;
      await until("a segment is written", hasSegment, PATIENCE_MS).finally(() => recorder.kill("SIGKILL"));
      expect([await exited, await said]).toEqual([[null, "SIGKILL"], ""]);
      await recorded.close();
    }
    const shown = await runCommand(["recording", "show", file, "--json"]);
    expect([shown.code, JSON.parse(shown.stdout)]).toEqual([
      0,
      expect.objectContaining({ is_whole: false, gaps: 0, by_type: expect.objectContaining({}) }),
    ]);
    await using recording = await openRecording(file);
    const blocks = (await collect(recording.read())).flatMap((item) =>
      item.kind === "event" && item.event.type === "NewBlock" ? [item.event.payload.block_hash] : [],
    );
    expect(blocks.length).toBeGreaterThan(3);

    const second = join(temp.path, "second");
    await mkdir(join(second, "streams"), { recursive: true });
    await writeFile(
      join(second, "streams", "blocks.yaml"),
      `version: 1
name: blocks
source: { events: [NewBlock] }
steps:
  - { id: hash, map: 'event.payload.block_hash' }
sinks:
  - { id: keep, file: { path: blocks.ndjson, fsync: never } }
`,
    );
    await using player = await up(
      second,
      `[chain]\nsource = "recording"\n[recording]\nfile = ${JSON.stringify(file)}\npace = "events_per_second"\nevents_per_second = 0\n[streams]\ndir = "streams"`,
    );
    const played = async () => {
      const content = await readFile(join(player.dataDir, ".streams", "blocks.ndjson"), "utf8").catch(
        () => "",
      );
      return content.split("\n").filter((line) => line !== "");
    };
    await until("all blocks are played", async () => (await played()).length >= blocks.length, PATIENCE_MS);
    expect(await played()).toEqual(blocks.map((hash) => JSON.stringify(hash)));
    await player.close();
    expect(player.said()).toContain("killed.rec");
  });
});
