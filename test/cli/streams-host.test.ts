import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { StreamStatus } from "../../src/streams/index.js";
import { until } from "../kit/host-until.js";
import { withDeadline } from "../kit/ipc-deadline.js";
import { distUrl } from "../kit/process-dist.js";
import { type TempDir, tempDir } from "../kit/process-temp-dir.js";
import { shippedNames, shippedText } from "../kit/streams-shipped.js";
import { runCommand } from "./run-in-process.js";

const main = fileURLToPath(distUrl("cli/main.js"));
/** For a machine that is busy with other tests. */
const PATIENCE_MS = 90_000;

/** What a person would change for a chain whose blocks come three times a second: found, and what stands there then. */
const adapted: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  "large-fees": [["fee_rate >= 50.0", "fee_rate >= 5.0"]],
  "fee-rate-percentile": [["sliding: 10m, every: 1m", "sliding: 10s, every: 1s"]],
  "block-interval-alarm": [
    ["after: 40m", "after: 500ms"],
    ["every: 20m", "every: 500ms"],
  ],
  "mempool-flood": [["window: 1m, max: 20", "window: 2s, max: 0.2"]],
  "peer-churn": [
    ["tumbling: 5m", "tumbling: 2s"],
    ["value.banned >= 3", "value.banned >= 1"],
  ],
  "address-watch": [["o.script_pubkey.hex() in watched", 'o.script_pubkey.hex().startsWith("0014")']],
  "confirmations-webhook": [["depth: 6", "depth: 3"]],
};

function adaptedText(name: string): string {
  return (adapted[name] ?? []).reduce((before, [found, put]) => {
    expect(before).toContain(found);
    return before.replaceAll(found, put);
  }, shippedText(name));
}

/** The heights of all blocks twice: a line each, and one list that is written when the stream is told to end. */
const trail = `version: 1
name: trail
source: { events: [NewBlock] }
steps:
  - { id: height, map: 'event.seq' }
sinks:
  - { id: each, file: { path: each.ndjson, fsync: never } }
`;
const trailAtOnce = trail
  .replace("name: trail", "name: trail-at-once")
  .replace("each.ndjson", "at-once.ndjson")
  .replace("sinks:", "  - { id: all, batch: { size: 10000 } }\nsinks:");

interface StreamsHost extends AsyncDisposable {
  readonly dir: string;
  readonly process: ChildProcess;
  readonly exited: Promise<number | null>;
  /** Lines of the standard output. */
  lines(): readonly string[];
  received(): readonly string[];
  list(): Promise<readonly StreamStatus[]>;
  run(...args: string[]): ReturnType<typeof runCommand>;
  put(name: string, text: string): Promise<void>;
  move(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  written(name: string): Promise<readonly unknown[]>;
}

/** A devnet of great haste in a process of its own, with a folder of streams and a receiver of its webhooks. */
async function streamsHost(temp: TempDir): Promise<StreamsHost> {
  const dir = temp.path;
  const streams = join(dir, "streams");
  await mkdir(streams);
  const received: string[] = [];
  const receiver = createServer((request, response) => {
    void text(request).then((body) => {
      received.push(body);
      response.end();
    });
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const { port } = receiver.address() as AddressInfo;
  await writeFile(
    join(dir, "blvm-streams.toml"),
    `[devnet]
block_interval_s = 0.3
transactions_per_second = 5
replace_share = 0.3
reorg_probability = 0.4
misbehaviour_per_minute = 60
persist = false
[modules]
data_dir = "data"
[http]
port = 0
[sandbox]
mode = "off"
[streams]
dir = "streams"
`,
  );
  for (const name of shippedNames) await writeFile(join(streams, `${name}.yaml`), adaptedText(name));
  await writeFile(join(streams, "trail.yaml"), trail);
  await writeFile(join(streams, "trail-at-once.yaml"), trailAtOnce);
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith("BLVM_"));
  const child = spawn(process.execPath, [main, "up"], {
    cwd: dir,
    env: {
      ...Object.fromEntries(clean),
      CONFIRMATIONS_URL: `http://127.0.0.1:${port}/hook`,
      CONFIRMATIONS_SECRET: "a-secret-of-this-test",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const output of [child.stdout, child.stderr])
    output?.setEncoding("utf8").on("data", (piece: string) => {
      said += piece;
    });
  const exited = once(child, "exit").then(([code]) => code as number | null);
  const dataDir = join(dir, "data");
  const run = (...args: string[]) => runCommand([...args, "--data-dir", dataDir]);
  return {
    ...{ dir, process: child, exited, run },
    lines: () => said.split("\n").slice(0, -1),
    received: () => received,
    async list() {
      const { code, stdout } = await run("streams", "list", "--json");
      return code === 0 ? JSON.parse(stdout) : [];
    },
    put: (name, content) => writeFile(join(streams, name), content),
    move: (from, to) => rename(join(streams, from), join(streams, to)),
    remove: (name) => rm(join(streams, name)),
    async written(name) {
      const content = await readFile(join(dataDir, ".streams", name), "utf8");
      expect(content.endsWith("\n")).toBe(true);
      return content
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
      receiver.closeAllConnections();
      receiver.close();
    },
  };
}

const outOf = ({ parts }: StreamStatus) =>
  Math.min(...parts.filter(({ role }) => role === "sink").map(({ out }) => out));

describe("the streams that ship, in a host on a devnet", () => {
  it("each tell what they are for and run on while files come, change, break, move and go", {
    timeout: 300_000,
  }, async () => {
    await using temp = await tempDir();
    await using host = await streamsHost(temp);
    const silent = new Set(shippedNames);
    await until(
      "all streams run",
      async () => (await host.list()).filter(({ state }) => state === "running").length === 12,
      PATIENCE_MS,
    );
    // The package's own modules run here: one that dies is what the alarm about modules is for.
    const modules = JSON.parse((await host.run("modules", "list", "--json")).stdout) as { pid?: number }[];
    const pid = modules.find((module) => module.pid !== undefined)?.pid;
    process.kill(pid ?? Number.NaN, "SIGKILL");
    await until(
      "each of them tells something",
      async () => {
        for (const status of await host.list()) if (outOf(status) > 0) silent.delete(status.name);
        return silent.size === 0;
      },
      PATIENCE_MS,
    ).catch((error: unknown) => {
      throw new Error(`${[...silent].join(", ")} said nothing`, { cause: error });
    });
    for (const { name, state, restarts, last_error, problems, parts, intake } of await host.list()) {
      expect({ name, state, restarts, last_error, problems, dropped: intake.dropped }).toEqual({
        ...{ name, state: "running", restarts: 0, last_error: null, problems: [], dropped: 0 },
      });
      // A block that leaves the chain before it is deep enough counts as dropped: that is what `confirmations` is for.
      for (const { id, kind, errors, dropped } of parts)
        expect([id, errors, kind === "confirmations" ? 0 : dropped]).toEqual([id, 0, 0]);
    }
    expect(host.received().map((body) => JSON.parse(body).what)).toContain("confirmed");
    const tapped = await host.run("tap", "--stream", "reorg-alarm", "--step", "depth", "--count", "2");
    expect(
      tapped.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      expect.objectContaining({ depth: expect.any(Number) }),
      expect.objectContaining({ depth: expect.any(Number) }),
    ]);

    await host.put("large-fees.yaml", adaptedText("large-fees").replace(">= 5.0", ">= 6.0"));
    await host.put(
      "double-spend-watch.yaml",
      "version: 1\nname: double-spend-watch\nsource: { event: [] }\n",
    );
    await host.move("mempool-flood.yaml", "flood.yaml");
    await host.move("trail.yaml", "blocks.yaml");
    await host.put(
      "reorg-alarm.yaml",
      adaptedText("reorg-alarm").replace("name: reorg-alarm", "name: deep-reorgs"),
    );
    await host.remove("peer-churn.yaml");
    const files = async () =>
      Object.fromEntries(
        (await host.list()).map(({ name, state, file, generation, problems }) => [
          name,
          [file, state, generation, problems.length],
        ]),
      );
    await until(
      "the host follows the files",
      async () => (await files())["deep-reorgs"]?.[1] === "running",
      PATIENCE_MS,
    );
    await until("the newest file", async () => (await files())["large-fees"]?.[2] === 2, PATIENCE_MS);
    await until("the broken file", async () => (await files())["double-spend-watch"]?.[3] !== 0, PATIENCE_MS);
    await until("the removed file", async () => !("peer-churn" in (await files())), PATIENCE_MS);
    await until("the moved file", async () => (await files()).trail?.[0] === "blocks.yaml", PATIENCE_MS);
    const table = await files();
    expect(Object.keys(table)).toHaveLength(11);
    expect(table).toMatchObject({
      "double-spend-watch": ["double-spend-watch.yaml", "running", 1, expect.any(Number)],
      "mempool-flood": ["flood.yaml", "running", 1, 0],
      "deep-reorgs": ["reorg-alarm.yaml", "running", 1, 0],
    });
    const shown = await host.run("streams", "show", "double-spend-watch");
    expect(shown.stdout).toMatch(/double-spend-watch\.yaml:3:\d+: .*did you mean events/);

    host.process.kill("SIGTERM");
    expect(await withDeadline(host.exited, "the end of the host")).toBe(0);
    const warnings = host
      .lines()
      .filter((line) => /"level":[4-6]0/.test(line) && line.includes('"stream"'))
      .map((line) => JSON.parse(line).msg);
    expect(warnings).toEqual([expect.stringContaining("double-spend-watch.yaml is broken, generation 1")]);
    // Each line is whole, and what the steps held until the end is written too.
    const each = await host.written("each.ndjson");
    expect(await host.written("at-once.ndjson")).toEqual([each]);
    expect((await host.written("reorgs.ndjson")).length).toBeGreaterThan(0);
  });
});
