import { describe, expect, it } from "vitest";
import { monotonicScheduler } from "../../../src/clock.js";
import { stepContext } from "../../../src/streams/prepare-step.js";
import { natsSinkWith } from "../../../src/streams/sinks/nats.js";
import { StepCounters } from "../../../src/streams/step-counters.js";
import { NatsGate, NatsReader, NatsServer } from "../../kit/streams-nats.js";
import { bufferedSink, numbered, openSink, prepareSink, recordingLog } from "../../kit/streams-sink.js";
import { isMissing } from "../../kit/tool.js";

const soon = { timeout: 20_000 };
const allTime = () => new AbortController().signal;
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

function natsSink(
  { address }: { readonly address: string },
  options: object = {},
  about: { readonly capacity?: number; readonly env?: Readonly<Record<string, string>> } = {},
) {
  const { capacity = 100_000, env = {} } = about;
  return bufferedSink(
    "nats",
    { servers: address, subject: "node.test", ...options },
    { scheduler: monotonicScheduler, capacity, ports: { env } },
  );
}

describe.skipIf(isMissing("nats-server", "nats-server"))("The nats sink", () => {
  it("publishes items in order to subjects made of them, each with an id of its own", async () => {
    await using server = await NatsServer.start();
    await using reader = await NatsReader.start(server);
    const { buffer, counters } = natsSink(server, {
      subject: "{name}.{value % 2.0 == 0.0 ? 'even' : 'odd'}",
    });
    for (const seq of upTo(2000)) buffer.offer(numbered(seq));
    await buffer.close(allTime());
    expect(counters).toMatchObject({ in: 2000, out: 2000, errors: 0, held: 0 });
    await expect.poll(() => reader.numbers, soon).toEqual(upTo(2000));
    expect(reader.subjects.slice(0, 2)).toEqual(["test.odd", "test.even"]);
    expect(new Set(reader.ids).size).toBe(2000);
  });

  it("keeps what it was given while the server was killed, up to its capacity, and drops the rest, counted", async () => {
    await using server = await NatsServer.start();
    await using gate = await NatsGate.before(server);
    const { buffer, counters, log } = natsSink(gate, {}, { capacity: 30 });
    buffer.offer(numbered(1));
    await expect.poll(() => counters.out, soon).toBe(1);

    await server.kill();
    gate.isOpen = false;
    for (let seq = 2; seq <= 100; seq++) buffer.offer(numbered(seq));
    // One is in hand.
    expect(counters).toMatchObject({ in: 100, out: 1, held: 31, dropped: 68 });
    await expect
      .poll(() => log.lines.map(({ message }) => message), soon)
      .toContainEqual(expect.stringContaining("no NATS server answers"));

    await server.start();
    await using reader = await NatsReader.start(server);
    gate.isOpen = true;
    await expect.poll(() => counters.held, soon).toBe(0);
    expect(counters).toMatchObject({ in: 100, out: 32, dropped: 68, errors: 0 });
    await expect.poll(() => [...new Set(reader.numbers)], soon).toEqual(upTo(32).slice(1));
    await buffer.close(allTime());
  });

  it("sends again in order, under the same ids, what the server may not have got when it was killed", async () => {
    await using server = await NatsServer.start();
    const { buffer, counters } = natsSink(server);
    let seq = 0;
    for (let life = 0; life < 3; life++) {
      await using reader = await NatsReader.start(server);
      for (const end = seq + 5000; seq < end; ) buffer.offer(numbered(++seq));
      await expect.poll(() => reader.numbers.length, soon).toBeGreaterThan(100);
      // Ids and numbers go up together, also where a batch comes a second time.
      const numberOf = new Map(reader.ids.map((id, index) => [id, reader.numbers[index]]));
      expect(new Set(numberOf.values()).size).toBe(numberOf.size);
      await server.kill();
      await server.start();
    }
    await expect.poll(() => counters.held, soon).toBe(0);
    expect(counters).toMatchObject({ in: seq, out: seq, dropped: 0, errors: 0 });
    await buffer.close(allTime());
  });

  it("waits for a server that is not there yet", async () => {
    await using server = await NatsServer.start();
    await server.kill();
    const { buffer, counters, log } = natsSink(server);
    for (const seq of [1, 2]) buffer.offer(numbered(seq));
    await expect.poll(() => log.lines.length, soon).toBe(1);
    await server.start();
    await expect.poll(() => counters.out, soon).toBe(2);
    expect(log.lines.map(({ level }) => level)).toEqual(["warn", "info"]);
    await buffer.close(allTime());
  });

  it("closes without a server when the time is up", async () => {
    await using server = await NatsServer.start();
    await server.kill();
    const { buffer, counters } = natsSink(server);
    for (const seq of [1, 2]) buffer.offer(numbered(seq));
    await buffer.close(AbortSignal.timeout(50));
    expect(counters).toMatchObject({ in: 2, dropped: 2, held: 0 });
  });

  it("shows its credentials to the server and not to the log", async () => {
    await using server = await NatsServer.start("--user", "stream", "--pass", "s3cret");
    const credentials = { user_env: "NATS_USER", password_env: "NATS_PASSWORD" };
    const [right, wrong] = ["s3cret", "s3cret-no"].map((password) =>
      natsSink(server, { credentials }, { env: { NATS_USER: "stream", NATS_PASSWORD: password } }),
    );
    for (const sink of [right, wrong]) sink?.buffer.offer(numbered(1));
    await expect.poll(() => right?.counters.out, soon).toBe(1);
    await expect.poll(() => wrong?.log.lines.length, soon).toBe(1);
    expect(JSON.stringify(wrong?.log.lines)).not.toContain("s3cret");
    for (const sink of [right, wrong]) await sink?.buffer.close(AbortSignal.abort());
    expect(wrong?.counters).toMatchObject({ out: 0, dropped: 1 });
  });

  it("loses of its items only those with a bad subject or too large for the server", async () => {
    await using server = await NatsServer.start();
    await using reader = await NatsReader.start(server);
    const subject = "a.{type(value) == string ? 'large' : value < 0.0 ? '*' : 'fine'}";
    const { buffer, counters, log } = natsSink(server, { subject });
    const values = [1, -1, "x".repeat(1024 * 1024), 2];
    for (const [seq, value] of values.entries()) buffer.offer(numbered(seq, value));
    await buffer.close(allTime());
    expect(counters).toMatchObject({ in: 4, out: 2, errors: 2 });
    await expect.poll(() => reader.numbers, soon).toEqual([1, 2]);
    expect(log.lines.map(({ fields }) => fields.code)).toEqual(["NATS_SUBJECT_INVALID"]);
  });
});

describe("The nats sink without a server", () => {
  it("says what to install where its library is missing", async () => {
    const definition = natsSinkWith(() => Promise.reject(new Error("Cannot find package")));
    const context = stepContext("n", { kind: "data", type: "dyn" }, () => new Error("no fault"));
    const [counters, log] = [new StepCounters(), recordingLog()];
    const sink = definition
      .prepare(definition.options.parse({ servers: "127.0.0.1", subject: "a" }), context)
      .open({
        streamName: "s",
        id: "n",
        scheduler: monotonicScheduler,
        counters,
        log,
        evaluate: () => undefined,
        ports: { filesDir: "/nonexistent", stdout: { write: () => true }, env: {} },
      });
    await expect(sink.write(numbered(1))).rejects.toMatchObject({
      code: "SINK_LIBRARY_MISSING",
      message: expect.stringContaining("npm install @nats-io/transport-node"),
    });
    await sink.close(allTime());
  });

  it("does not open without its credentials", () => {
    const credentials = { token_env: "ABSENT" };
    expect(() => openSink("nats", { servers: "127.0.0.1", subject: "a", credentials })).toThrow(
      expect.objectContaining({ code: "SINK_ENV_MISSING" }),
    );
  });

  it.each([
    { subject: "a b" },
    { subject: "a.>" },
    { subject: "a..b" },
    { servers: [] },
    { servers: "nats://user:pass@127.0.0.1" },
    { servers: "http://127.0.0.1" },
    { credentials: { user_env: "A" } },
  ])("refuses %j", (options) => {
    expect(() => prepareSink("nats", { servers: "127.0.0.1", subject: "a", ...options })).toThrow(
      expect.objectContaining({ code: "STREAM_STEP_INVALID" }),
    );
  });
});
