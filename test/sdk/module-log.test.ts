import { describe, expect, it } from "vitest";
import { ModuleIntegration } from "../../src/sdk/index.js";
import { createModuleLog } from "../../src/sdk/module-log.js";
import { startTestHost } from "../../src/testing/index.js";
import { until } from "../kit/host-until.js";
import { type RecordedLine, recordingLog } from "../kit/process-recording-log.js";

type Write = (log: ModuleIntegration["log"]) => void;

/** What a host logs when a module writes; fails when the connection didn't survive it. */
async function loggedBy(write: Write, ipc: { max_frame_bytes?: number } = {}): Promise<RecordedLine[]> {
  const hostLog = recordingLog();
  await using host = await startTestHost({ log: hostLog, ipc });
  await using module = await ModuleIntegration.connect(await host.door("talker"));
  write(module.log);
  module.log.info("end");
  await module.subscribeEvents([]);
  await until("the last line is logged", () => hostLog.messages().includes("end"));
  const lines = hostLog.lines.filter(({ fields }) => fields.target === "talker");
  return lines.slice(0, -1);
}

describe("module.log", () => {
  it("writes under the module's name at each level with its fields", async () => {
    const lines = await loggedBy((log) => {
      for (const level of ["trace", "debug", "info", "warn", "error"] as const) log[level](level, { n: 1 });
    });
    expect(lines.map(({ level, message, fields }) => [level, message, fields.fields])).toEqual(
      ["trace", "debug", "info", "warn", "error"].map((level) => [level, level, { n: 1 }]),
    );
  });

  it("gives each line that is written while an event is handled the event's seq, wherever its handler waits", async () => {
    const hostLog = recordingLog();
    await using host = await startTestHost({ log: hostLog });
    await using module = await ModuleIntegration.connect(await host.door("talker"));
    module.on("NewBlock", async ({ payload: { height } }) => {
      module.log.info(`begin ${height}`);
      await new Promise(setImmediate);
      module.log.info(`end ${height}`, { height });
    });
    module.on("ChainReorg", () => module.log.info("own seq", { seq: 7 }));
    await module.subscribeEvents(["NewBlock", "ChainReorg"]);
    module.log.info("outside");
    const first = host.publish("NewBlock", { block_hash: "00".repeat(32), height: 1 });
    const second = host.publish("NewBlock", { block_hash: "00".repeat(32), height: 2 });
    host.publish("ChainReorg", { old_tip: "00".repeat(32), new_tip: "11".repeat(32) });
    await until("the last line is logged", () => hostLog.messages().includes("own seq"));
    const lines = hostLog.lines.filter(({ fields }) => fields.target === "talker");
    expect(lines.map(({ message, fields }) => [message, fields.seq])).toEqual([
      ["outside", undefined],
      ["begin 1", first],
      ["end 1", first],
      ["begin 2", second],
      ["end 2", second],
      ["own seq", 7],
    ]);
    expect(lines[2]?.fields.fields).toEqual({ seq: first, height: 1 });
  });

  it("shows ids of a trace beside its fields where they are some, and leaves other texts among them", async () => {
    const trace_id = "0af7651916cd43dd8448eb211c80319c";
    const lines = await loggedBy((log) => {
      log.info("ids", { trace_id, span_id: "b7ad6b7169203331" });
      log.info("no ids", { trace_id: `${trace_id}0`, span_id: "B7AD6B7169203331" });
      log.info("no texts", { trace_id: 1, span_id: [trace_id] });
    });
    const shown = lines.map(({ fields }) => [fields.trace_id, fields.span_id]);
    expect(shown).toEqual([
      [trace_id, "b7ad6b7169203331"],
      [undefined, undefined],
      [undefined, undefined],
    ]);
    expect(lines[1]?.fields.fields).toEqual({ trace_id: `${trace_id}0`, span_id: "B7AD6B7169203331" });
  });

  it("shows an Error as its message and stack, as a field and in place of the fields", async () => {
    const error = new Error("disk full");
    const lines = await loggedBy((log) => {
      log.error("failed", { error });
      log.error("failed", error);
      log.error(error as unknown as string);
    });
    expect(lines[0]?.fields.fields).toMatchObject({
      error: { message: "disk full", stack: expect.stringContaining("disk full") },
    });
    expect(lines[1]?.fields.fields).toMatchObject({ message: "disk full" });
    expect(lines[2]?.message).toBe("disk full");
  });

  it("writes whatever it is given, and never throws", async () => {
    const cycle: Record<string, unknown> = { name: "cycle" };
    cycle.self = cycle;
    const lines = await loggedBy((log) => {
      log.info(undefined as unknown as string);
      log.info("no fields", undefined);
      log.info("null", null as unknown as object);
      log.info("cycle", cycle);
      log.info("bigint", { sats: 2_100_000_000_000_000n });
      log.info("bytes", { raw: Uint8Array.of(1, 255) });
      log.info("undefined inside", { gone: undefined, kept: 1 });
      log.info("a list", [1, 2]);
      log.info("a date", new Date(0));
    });
    expect(lines.map(({ message, fields }) => [message, fields.fields])).toEqual([
      ["undefined", undefined],
      ["no fields", undefined],
      ["null", { value: null }],
      ["cycle", { name: "cycle", self: "[seen before]" }],
      ["bigint", { sats: "2100000000000000" }],
      ["bytes", { raw: "01ff" }],
      ["undefined inside", { kept: 1 }],
      ["a list", { 0: 1, 1: 2 }],
      ["a date", { value: "1970-01-01T00:00:00.000Z" }],
    ]);
  });

  it("cuts a long message, also in the middle of an emoji", async () => {
    const lines = await loggedBy((log) => log.info(`${"x".repeat(8191)}🚀 and more`));
    expect(lines[0]?.message).toHaveLength(8192);
    expect(lines[0]?.message.startsWith("x".repeat(8191))).toBe(true);
  });

  it("leaves out fields that are too long, and says so", async () => {
    const lines = await loggedBy((log) => log.info("huge", { text: "y".repeat(100_000) }));
    expect(lines[0]).toMatchObject({
      message: "huge",
      fields: { fields: { fields_left_out: "100011 characters" } },
    });
  });

  it("keeps its line when a field's name or depth is not allowed on the wire", async () => {
    let deep: object = {};
    for (let n = 0; n < 60; n++) deep = { deep };
    const lines = await loggedBy((log) => {
      for (let n = 0; n < 4; n++) {
        log.info("name", JSON.parse('{"__proto__": 1, "constructor": 2}') as object);
        log.info("deep", deep);
      }
    });
    expect(lines.map(({ message }) => message)).toEqual(Array(4).fill(["name", "deep"]).flat());
    for (const { fields } of lines) expect(fields.fields).toHaveProperty("fields_left_out");
  });

  it("drops a line that is longer than a frame, without a throw, and tells in the next", async () => {
    const lines = await loggedBy(
      (log) => {
        log.info("z".repeat(5000));
        log.info("short");
      },
      { max_frame_bytes: 1024 },
    );
    expect(lines).toMatchObject([{ message: "short", fields: { fields: { lines_dropped_before: 1 } } }]);
  });
});

describe("createModuleLog", () => {
  it("keeps what a line is about where its fields are an error, too long, or have no place on the wire", () => {
    const sent: object[] = [];
    const trace = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", flags: 1 };
    const log = createModuleLog(
      (_level, _message, fields) => {
        if ("odd" in fields) throw new TypeError("odd");
        return sent.push(fields) > 0;
      },
      { seq: 5 },
      { current: trace },
    );
    log.error("failed", new Error("disk full"));
    log.info("long", { text: "x".repeat(10_000) });
    log.info("odd", { odd: 1 });
    log.info("own", { seq: 7, span_id: "mine" });
    const about = { seq: 5, trace_id: trace.traceId, span_id: trace.spanId };
    expect(sent).toEqual([
      { ...about, message: "disk full", stack: expect.any(String) },
      { ...about, fields_left_out: "10011 characters" },
      { ...about, fields_left_out: "odd" },
      { seq: 7, trace_id: trace.traceId, span_id: "mine" },
    ]);
  });

  it("counts lines that could not leave and tells in the next one that does", () => {
    const sent: { message: string; fields: object }[] = [];
    let isOpen = false;
    const log = createModuleLog((_level, message, fields) => {
      if (isOpen) sent.push({ message, fields });
      return isOpen;
    });
    log.info("lost");
    log.warn("lost too");
    isOpen = true;
    log.info("here", { n: 1 });
    log.info("again");
    expect(sent).toEqual([
      { message: "here", fields: { n: 1, lines_dropped_before: 2 } },
      { message: "again", fields: {} },
    ]);
  });
});
