import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { until } from "../kit/host-until.js";
import { withDeadline } from "../kit/ipc-deadline.js";
import { distUrl } from "../kit/process-dist.js";
import { type TempDir, tempDir } from "../kit/process-temp-dir.js";
import { recordedEvent, writeRecording } from "../kit/recording-files.js";

const main = fileURLToPath(distUrl("cli/main.js"));
const PATIENCE_MS = 40_000;

/** Items of its own clock, to the standard output and, once it is told to end, as one list to a file. */
const ticking = `version: 1
name: ticking
source: { generate: { every: 5ms } }
steps:
  - { id: n, map: 'value.n' }
sinks:
  - { id: log, stdout: { format: ndjson } }
  - { id: keep, file: { path: kept.ndjson, fsync: never } }
`;

/** `streams run` in a process of its own; it doesn't outlive the test. */
async function running(temp: TempDir, stream: string, ...options: string[]) {
  await writeFile(join(temp.path, "stream.yaml"), stream);
  const args = [main, "streams", "run", "stream.yaml", "--json", ...options];
  const child = spawn(process.execPath, args, { cwd: temp.path });
  const end = once(child, "exit");
  const errors = text(child.stderr);
  return {
    child,
    // Within a time, so that the child is killed when it doesn't come.
    exited: () => withDeadline(end, "the end of the run"),
    errors,
    /** Numbers that the file holds, each on a line of its own. */
    kept: async () => {
      const content = await readFile(join(temp.path, "kept.ndjson"), "utf8").catch(() => "\n");
      expect(content.endsWith("\n")).toBe(true);
      return content
        .split("\n")
        .filter((line) => line !== "")
        .map(Number);
    },
    [Symbol.dispose]: () => child.kill("SIGKILL"),
  };
}

const summaryOf = (errors: string) => JSON.parse(errors.trimEnd().split("\n").at(-1) ?? "");
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe("streams run", { timeout: 120_000 }, () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "writes what it has and ends with 0 and a summary on %s",
    async (signal) => {
      await using temp = await tempDir();
      using run = await running(temp, ticking);
      const printed = text(run.child.stdout);
      await until("lines in the file", async () => (await run.kept()).length > 10, PATIENCE_MS);
      run.child.kill(signal);
      expect(await run.exited()).toEqual([0, null]);
      const summary = summaryOf(await run.errors);
      expect(summary).toMatchObject({ stream: "ticking", ended: "closed", source: { dropped: 0 } });
      expect(await run.kept()).toEqual(upTo(summary.source.in));
      expect((await printed).trimEnd().split("\n")).toHaveLength(summary.source.in);
    },
  );

  it("ends with 0 when the reader of its output leaves, after it wrote what its other sinks hold", async () => {
    await using temp = await tempDir();
    using run = await running(temp, ticking);
    await once(run.child.stdout, "data");
    run.child.stdout.destroy();
    expect(await run.exited()).toEqual([0, null]);
    const summary = summaryOf(await run.errors);
    expect(summary.ended).toBe("closed");
    expect(await run.kept()).toEqual(upTo(summary.source.in));
  });

  it("waits for no pause of a recording or of a chain when it is stopped", async () => {
    await using temp = await tempDir();
    const hours = [0, 5].map((hour) =>
      recordedEvent(hour + 1, "NewBlock", { timestamp_ms: 1_700_000_000_000 + hour * 3_600_000 }),
    );
    await writeRecording(join(temp.path, "slow.rec"), hours);
    const heights = ticking
      .replace("generate: { every: 5ms }", "events: [NewBlock]")
      .replace("value.n", "event.payload.height");
    for (const world of [["--recording", "slow.rec"], ["--devnet"], []]) {
      using run = await running(temp, heights, "--pace", "real", ...world);
      await once(run.child.stdout, "data");
      const startedMs = performance.now();
      run.child.kill("SIGINT");
      expect(await run.exited()).toEqual([0, null]);
      expect(performance.now() - startedMs, world.join(" ")).toBeLessThan(10_000);
      expect(summaryOf(await run.errors)).toMatchObject({ ended: "closed" });
    }
  });

  it("leaves at once with 1 on a second signal, whatever a sink waits for", async () => {
    await using temp = await tempDir();
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    try {
      const hook = `webhook: { url: 'http://127.0.0.1:${port}/', timeout: 1h }`;
      using run = await running(temp, ticking.replace("stdout: { format: ndjson }", hook));
      await once(silent, "request");
      run.child.kill("SIGINT");
      run.child.kill("SIGTERM");
      expect(await run.exited()).toEqual([1, null]);
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });
});

describe("up", { timeout: 120_000 }, () => {
  it("ends in order, with whole files, when the reader of its log leaves", async () => {
    await using temp = await tempDir();
    await writeFile(join(temp.path, "stream.yaml"), ticking);
    await writeFile(
      join(temp.path, "blvm-streams.toml"),
      `[devnet]
initial_blocks = 0
activity = false
persist = false
[http]
port = 0
[sandbox]
mode = "off"
[modules]
data_dir = "data"
modules_dir = "."
[streams]
dir = "."
files_dir = "."
`,
    );
    const clean = Object.entries(process.env).filter(([name]) => !name.startsWith("BLVM_"));
    const child = spawn(process.execPath, [main, "up"], {
      cwd: temp.path,
      env: Object.fromEntries(clean),
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const exited = once(child, "exit");
      let said = "";
      child.stdout?.setEncoding("utf8").on("data", (piece: string) => {
        said += piece;
      });
      await until("the stream prints", () => /^[0-9]+$/m.test(said), PATIENCE_MS);
      child.stdout?.destroy();
      expect(await withDeadline(exited, "the end of the host")).toEqual([0, null]);
      const content = await readFile(join(temp.path, "kept.ndjson"), "utf8");
      const lines = content.split("\n");
      expect(lines.pop()).toBe("");
      expect(lines.map(Number)).toEqual(upTo(lines.length));
    } finally {
      child.kill("SIGKILL");
    }
  });
});
