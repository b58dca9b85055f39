import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FileClaims } from "../../../src/streams/index.js";
import { eventually } from "../../kit/ipc-deadline.js";
import { height, stream, streamSet } from "./stream-set-kit.js";

type Mode = "flush" | "carry";

/** Collects heights into one list, and says which generation let it go. */
function collecting(generation: number, mode: Mode, source = "[NewBlock]", capacity = 100): string {
  return stream(
    "a",
    `- { id: pack, batch: { size: 1000 } }
  - { id: shape, map: '{"generation": ${generation}, "heights": events.map(e, e.payload.height)}' }`,
    mode,
  ).replace("{ events: [NewBlock] }", `{ events: ${source}, buffer: { capacity: ${capacity} } }`);
}

const sequences: readonly (readonly Mode[])[] = [
  ["flush", "flush"],
  ["carry", "carry"],
  ["flush", "carry"],
  ["carry", "flush"],
  ["flush", "flush", "flush"],
  ["flush", "flush", "carry"],
  ["flush", "carry", "flush"],
  ["flush", "carry", "carry"],
  ["carry", "flush", "flush"],
  ["carry", "flush", "carry"],
  ["carry", "carry", "flush"],
  ["carry", "carry", "carry"],
];

/** What leaves, and by which generation: the first lets go what nobody carried on, the last one has the rest. */
function expectedOf(modes: readonly Mode[]): object[] {
  const last = modes.length + 1;
  const between = modes.map((_, index) => index + 3);
  const after = [...between, last + 2];
  return modes.includes("flush")
    ? [
        { generation: 1, heights: [1, 2] },
        { generation: last, heights: after },
      ]
    : [{ generation: last, heights: [1, 2, ...after] }];
}

describe("changes of a stream's file that come faster than its generations", () => {
  for (const modes of sequences)
    it(`lose and double no event when they say ${modes.join(", then ")}`, async () => {
      const { set, event, lines, settle } = streamSet();
      set.apply("a.yaml", collecting(1, "flush"));
      event(1);
      event(2);
      modes.forEach((mode, index) => {
        set.apply("a.yaml", collecting(index + 2, mode));
        event(index + 3);
      });
      await settle();
      const total = modes.length + 3;
      event(total);
      const [status] = set.list();
      expect(status).toMatchObject({ state: "running", generation: modes.length + 1, restarts: 0 });
      expect(status?.intake).toEqual({ in: total, dropped: 0, held: 0 });
      await set.close(AbortSignal.timeout(1000));
      expect(lines.map(({ text }) => JSON.parse(text))).toEqual(expectedOf(modes));
      const pack = set.list()[0]?.parts.find(({ id }) => id === "pack");
      expect(pack).toMatchObject({ in: total, dropped: 0, held: 0 });
    });

  it("keep what waits for an overtaken generation if the newest one subscribes to it", async () => {
    const { set, event, lines, settle } = streamSet();
    const step = "- { id: type, map: '[event.type, string(event.payload.height)]' }";
    const text = (id: string, source: string) =>
      stream("a", step.replace("id: type", `id: ${id}`)).replace("[NewBlock]", source);
    set.apply("a.yaml", text("first", "[NewBlock]"));
    set.apply("a.yaml", text("second", "[NewBlock, BlockDisconnected]"));
    event(1);
    event(2, "BlockDisconnected");
    set.apply("a.yaml", text("third", "[BlockDisconnected]"));
    event(3);
    event(4, "BlockDisconnected");
    await settle();
    expect(lines.map(({ text: line }) => JSON.parse(line))).toEqual([
      ["BlockDisconnected", "2"],
      ["BlockDisconnected", "4"],
    ]);
    expect(set.list()[0]?.intake).toEqual({ in: 2, dropped: 0, held: 0 });
    await set.close(AbortSignal.timeout(1000));
  });

  it("count what finds no room between them, over all of them", async () => {
    const { set, event, lines, settle } = streamSet();
    set.apply("a.yaml", collecting(1, "flush", "[NewBlock]", 3));
    set.apply("a.yaml", collecting(2, "flush", "[NewBlock]", 3));
    for (let at = 1; at <= 4; at++) event(at);
    set.apply("a.yaml", collecting(3, "flush", "[NewBlock]", 2));
    event(5);
    await settle();
    expect(set.list()[0]?.intake).toEqual({ in: 5, dropped: 3, held: 0 });
    await set.close(AbortSignal.timeout(1000));
    expect(lines.map(({ text }) => JSON.parse(text))).toEqual([{ generation: 3, heights: [1, 2] }]);
  });

  it("count what a generation that fails on the way leaves of what waited", async () => {
    const { set, event, settle } = streamSet();
    set.apply("a.yaml", stream("a", height));
    set.apply("a.yaml", stream("a", "- { id: boom, map: 'dyn(event).none', on_error: fail }"));
    for (let at = 1; at <= 4; at++) event(at);
    await settle();
    expect(set.list()[0]).toMatchObject({ state: "restarting", intake: { in: 4, dropped: 3, held: 0 } });
    await set.close(AbortSignal.timeout(1000));
  });

  it("give a stream that ends among them what waited, whichever way they go", async () => {
    for (const mode of ["flush", "carry"] as const)
      for (const end of ["close", "remove"] as const) {
        const { set, event, lines } = streamSet();
        set.apply("a.yaml", collecting(1, "flush"));
        event(1);
        set.apply("a.yaml", collecting(2, mode));
        event(2);
        if (end === "remove") set.remove("a.yaml");
        const closing = set.close(AbortSignal.timeout(1000));
        event(3);
        await closing;
        const heights = lines.flatMap(({ text }) => JSON.parse(text).heights);
        expect(heights, `${mode} ${end}`).toEqual([1, 2]);
      }
  });

  it("end with the time for closing, however long the old generation would write", async () => {
    const stuck = { write: () => false };
    const { set, event } = streamSet({ ports: { stdout: stuck } });
    set.apply("a.yaml", collecting(1, "flush"));
    event(1);
    set.apply("a.yaml", collecting(2, "carry"));
    event(2);
    set.apply("a.yaml", collecting(3, "flush"));
    const startedMs = Date.now();
    await set.close(AbortSignal.timeout(50));
    expect(Date.now() - startedMs).toBeLessThan(2_000);
  });
});

describe("a stream that ends while the host runs", () => {
  let filesDir: string;
  beforeAll(async () => {
    filesDir = await mkdtemp(join(tmpdir(), "stream-set-"));
  });
  afterAll(() => rm(filesDir, { recursive: true, force: true }));

  /** Streams that write one file each; its name is the test's. */
  const toFile = (name: string, path: string) =>
    stream(name, height).replace("stdout: { format: ndjson }", `file: { path: ${path}, fsync: never }`);
  const linesOf = async (path: string) => {
    const text = await readFile(join(filesDir, path), "utf8").catch(() => "");
    return text.split("\n").filter((line) => line !== "");
  };

  it("is awaited by whoever closes the streams", async () => {
    const { set, event } = streamSet({ ports: { filesDir, fileClaims: new FileClaims() } });
    set.apply("a.yaml", toFile("a", "awaited"));
    for (let at = 1; at <= 500; at++) event(at);
    set.remove("a.yaml");
    await set.close(AbortSignal.timeout(5_000));
    expect(await linesOf("awaited")).toHaveLength(500);
  });

  it.each([
    ["its file names another stream", "renamed", (set: Set) => set.apply("a.yaml", toFile("b", "renamed"))],
    [
      "its file goes and comes in one turn",
      "back",
      (set: Set) => {
        set.remove("a.yaml");
        set.apply("a.yaml", toFile("a", "back"));
      },
    ],
    [
      "its file moves",
      "moved",
      (set: Set) => {
        set.remove("a.yaml");
        set.apply("b.yaml", toFile("a", "moved"));
      },
    ],
  ])("leaves its files to the one after it, with no line lost, when %s", async (_, path, change) => {
    const { set, event, log } = streamSet({ ports: { filesDir, fileClaims: new FileClaims() } });
    set.apply("a.yaml", toFile("a", path));
    for (let at = 1; at <= 300; at++) event(at);
    await eventually("the first lines", async () => (await linesOf(path)).length > 0);
    for (let at = 301; at <= 600; at++) event(at);
    change(set);
    for (let at = 601; at <= 650; at++) event(at);
    await eventually("the one after it", () => set.list().every(({ state }) => state === "running"));
    event(651);
    await set.close(AbortSignal.timeout(5_000));
    expect(await linesOf(path)).toEqual(Array.from({ length: 651 }, (_unused, index) => String(index + 1)));
    expect(log.lines.filter(({ level }) => level === "warn")).toEqual([]);
  });

  it("gives its place to its own new name before any file that waits for one", async () => {
    const { set, settle } = streamSet({ maxStreams: 1 });
    set.apply("a.yaml", stream("a", height));
    set.apply("z.yaml", stream("z", height));
    set.apply("a.yaml", stream("b", height));
    await settle();
    expect(set.list()).toMatchObject([
      { name: "b", file: "a.yaml", state: "running" },
      { file: "z.yaml", state: "broken" },
    ]);
    await set.close(AbortSignal.timeout(1000));
  });
});

type Set = ReturnType<typeof streamSet>["set"];

describe("a stream whose failure no further try can mend", () => {
  const enrich =
    "- { id: ask, enrich: { call: GetTransaction, with: '{\"hash\": event.payload.block_hash}', as: tx } }";

  it.each([
    ["no node answers", stream("a", enrich), "run the stream in a host"],
    [
      "nothing opens recordings",
      stream("a", "- { id: keep, filter: 'true' }").replace("events: [NewBlock]", "recording: bug.rec"),
      "run it with streams run",
    ],
    [
      "a secret is missing in the environment",
      stream("a", height).replace(
        "stdout: { format: ndjson }",
        "webhook: { url: { env: BLVM_NO_SUCH_NAME } }",
      ),
      "set BLVM_NO_SUCH_NAME and start again",
    ],
  ])("stays failed and says what to do when %s", async (_, text, advice) => {
    const { set, advance, settle, log } = streamSet({ ports: { env: {} } });
    set.apply("a.yaml", text);
    await settle();
    advance(3_600_000);
    await settle();
    expect(set.list()).toMatchObject([{ state: "failed", restarts: 0, next_try_ms: null }]);
    expect(set.list()[0]?.last_error).toContain(advice);
    expect(log.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
    // Its file is the way out.
    set.apply("a.yaml", stream("a", height));
    await settle();
    expect(set.list()).toMatchObject([{ state: "running", generation: 2 }]);
    await set.close(AbortSignal.timeout(1000));
  });
});
