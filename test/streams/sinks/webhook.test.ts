import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tempDir } from "../../kit/process-temp-dir.js";
import { type Answer, fastClock, Receiver } from "../../kit/streams-receiver.js";
import { bufferedSink, numbered, openSink, prepareSink } from "../../kit/streams-sink.js";

const allTime = () => new AbortController().signal;
/** So long that it never comes in a test, at a hundred times the wall's speed. */
const PATIENCE = "1h";
const PATIENCE_MS = 3_600_000;
/** How long the body of an answer may take. */
const BODY_MS = 1000;

interface HookOptions {
  readonly filesDir?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly capacity?: number;
}

function hook(receiver: { readonly url: string }, options: object, about: HookOptions = {}) {
  const { filesDir = "/nonexistent", env = {}, capacity = 1000 } = about;
  const scheduler = fastClock();
  const opened = bufferedSink(
    "webhook",
    { url: receiver.url, timeout: PATIENCE, ...options },
    { scheduler, capacity, ports: { filesDir, env } },
  );
  const pauses = () => scheduler.delays.filter((delay) => delay !== PATIENCE_MS && delay !== BODY_MS);
  return { ...opened, pauses };
}

type Hook = ReturnType<typeof hook>;

async function deliver({ buffer, counters }: Hook, ...values: readonly unknown[]): Promise<void> {
  for (const [index, value] of values.entries()) buffer.offer(numbered(index + 1, value));
  await expect.poll(() => counters.held, { timeout: 20_000 }).toBe(0);
}

const retry = (more: object = {}) => ({ retry: { jitter: 0, ...more } });

describe("The webhook sink", () => {
  it("sends each item as one request, in order, on one connection", async () => {
    await using receiver = await Receiver.start(200);
    const sink = hook(receiver, { method: "PUT", headers: { "X-Kind": "fees" } });
    await deliver(sink, { n: 1 }, { n: 2 }, { n: 3 });
    expect(receiver.received.map(({ body }) => body)).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
    expect(receiver.received[0]).toMatchObject({
      method: "PUT",
      url: "/hook",
      headers: {
        "content-type": "application/json",
        "x-kind": "fees",
        "x-blvm-stream": "test",
        "x-blvm-attempt": "1",
      },
    });
    expect(new Set(receiver.header("x-blvm-delivery")).size).toBe(3);
    expect(receiver.sockets).toHaveLength(1);
    expect(sink.counters).toMatchObject({ in: 3, out: 3, errors: 0, retries: 0 });
    await sink.buffer.close(allTime());
  });

  it("tries again after 500, 503, 408 and 429 with longer and longer pauses, as the same delivery", async () => {
    await using receiver = await Receiver.start(500, 503, 408, 429, 200);
    const sink = hook(receiver, retry({ initial: "400ms", longest: "3s" }));
    await deliver(sink, "a", "b");
    expect(receiver.received.map(({ body }) => body)).toEqual(['"a"', '"a"', '"a"', '"a"', '"a"', '"b"']);
    expect(new Set(receiver.header("x-blvm-delivery").slice(0, 5)).size).toBe(1);
    expect(receiver.header("x-blvm-attempt")).toEqual(["1", "2", "3", "4", "5", "1"]);
    expect(sink.pauses()).toEqual([400, 800, 1600, 3000]);
    expect(sink.counters).toMatchObject({ out: 2, errors: 0, retries: 4, deadLetters: 0 });
    await sink.buffer.close(allTime());
  });

  it("pauses as long as Retry-After says, and no longer than its longest pause", async () => {
    const busy =
      (seconds: string): Answer =>
      (response) =>
        response.writeHead(429, { "Retry-After": seconds }).end();
    await using receiver = await Receiver.start(busy("2"), busy("86400"), 200);
    const sink = hook(receiver, retry({ longest: "5s" }));
    await deliver(sink, "a");
    expect(sink.pauses()).toEqual([2000, 5000]);
    await sink.buffer.close(allTime());
  });

  it("gives up after its last attempt and writes a dead letter with the reason", async () => {
    await using dir = await tempDir();
    const refusal: Answer = (response) => response.writeHead(500).end("out of \u001b[31mcheese\nand wine");
    await using receiver = await Receiver.start(refusal);
    const sink = hook(
      receiver,
      { ...retry({ attempts: 3 }), dead_letters: "dead.ndjson" },
      { filesDir: dir.path },
    );
    await deliver(sink, { n: 1 });
    await sink.buffer.close(allTime());
    expect(receiver.received).toHaveLength(3);
    expect(sink.counters).toMatchObject({ in: 1, out: 0, errors: 1, retries: 2, deadLetters: 1 });
    expect(JSON.parse(await readFile(join(dir.path, "dead.ndjson"), "utf8"))).toEqual({
      at: expect.any(String),
      stream: "test",
      sink: "webhook",
      delivery: receiver.header("x-blvm-delivery")[0],
      reason: "it answered 500 (out of \\x1b[31mcheese\\x0aand wine)",
      attempts: 3,
      count: 1,
      items: [{ n: 1 }],
    });
    expect(sink.log.lines.map(({ fields }) => fields.code)).toEqual(["WEBHOOK_FAILED"]);
  });

  it.each([400, 401, 404, 410, 422])("gives up at once what is answered with %d", async (status) => {
    await using receiver = await Receiver.start(status, 200);
    const sink = hook(receiver, {});
    await deliver(sink, "a", "b");
    expect(sink.counters).toMatchObject({ out: 1, errors: 1, retries: 0 });
    await sink.buffer.close(allTime());
  });

  it("follows no redirect", async () => {
    await using elsewhere = await Receiver.start(200);
    const redirect: Answer = (response) => response.writeHead(307, { Location: elsewhere.url }).end();
    await using receiver = await Receiver.start(redirect);
    const sink = hook(receiver, {});
    await deliver(sink, "a");
    expect([receiver.received.length, elsewhere.received.length]).toEqual([1, 0]);
    expect(sink.counters).toMatchObject({ errors: 1, retries: 0 });
    expect(String(sink.log.lines[0]?.fields.err)).toContain("a redirect, which is not followed");
    await sink.buffer.close(allTime());
  });

  it("ends a request that gets no answer in time, and tries again", async () => {
    await using receiver = await Receiver.start(
      () => {},
      (response) => response.socket?.write("HTTP/1.1 200 O"),
      200,
    );
    const sink = hook(receiver, { ...retry(), timeout: "30s" });
    await deliver(sink, "a");
    expect(sink.counters).toMatchObject({ out: 1, errors: 0 });
    expect(sink.counters.retries).toBeGreaterThanOrEqual(2);
    await sink.buffer.close(allTime());
  });

  it("tries again when the connection is reset, and when nobody listens", async () => {
    await using receiver = await Receiver.start((response) => response.socket?.resetAndDestroy(), 200);
    const sink = hook(receiver, retry());
    await deliver(sink, "a");
    expect(sink.counters).toMatchObject({ out: 1, retries: 1 });
    await sink.buffer.close(allTime());
    const { url } = receiver;
    await receiver[Symbol.asyncDispose]();
    const lost = hook({ url }, retry({ attempts: 4 }));
    await deliver(lost, "a");
    expect(lost.counters).toMatchObject({ out: 0, errors: 1, retries: 3 });
    expect(String(lost.log.lines[0]?.fields.err)).toContain("ECONNREFUSED");
    await lost.buffer.close(allTime());
  });

  it("waits no longer than a moment for the body of an answer that comes drop by drop", async () => {
    await using receiver = await Receiver.start((response) => {
      const drip = setInterval(() => response.write("."), 5);
      response.writeHead(200).on("close", () => clearInterval(drip));
      response.flushHeaders();
    });
    const sink = hook(receiver, {});
    await deliver(sink, "a", "b", "c");
    expect(sink.counters).toMatchObject({ out: 3, retries: 0 });
    await sink.buffer.close(allTime());
  });

  it("takes an answer that changes the protocol, which nobody asked for, as final", async () => {
    await using receiver = await Receiver.start((response) => {
      response.socket?.write("HTTP/1.1 101 No\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n");
    });
    const sink = hook(receiver, {});
    await deliver(sink, "a", "b");
    expect(sink.counters).toMatchObject({ in: 2, out: 0, errors: 2, held: 0 });
    await sink.buffer.close(allTime());
  });

  it("cuts off an answer without end and takes its status all the same", async () => {
    await using receiver = await Receiver.start((response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(64 * 1024)));
      };
      response.on("drain", more);
      more();
    });
    const sink = hook(receiver, {});
    const [closed] = await Promise.all([deliver(sink, "a")]).then(() => [receiver.sockets[0]]);
    // Cut off in the middle, it may end with an error or without one.
    if (closed !== undefined && !closed.destroyed)
      await new Promise<void>((resolve) => closed.once("close", () => resolve()));
    expect(sink.counters).toMatchObject({ out: 1, errors: 0 });
    expect(closed?.bytesWritten).toBeLessThan(32 * 1024 * 1024);
    await sink.buffer.close(allTime());
  });

  it("signs delivery, time and body so that other code can verify it", async () => {
    await using receiver = await Receiver.start(500, 200);
    const env = { HOOK_SECRET: "whsec-1234" };
    const sink = hook(receiver, { ...retry(), sign: { secret_env: "HOOK_SECRET" } }, { env });
    await deliver(sink, { text: "grün ₿" });
    expect(receiver.received).toHaveLength(2);
    const bytes = new TextEncoder();
    const key = await crypto.subtle.importKey(
      "raw",
      bytes.encode("whsec-1234"),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["verify"],
    );
    for (const { headers, body } of receiver.received) {
      const [, seconds = "", hex = ""] =
        /^t=([0-9]+),v1=([0-9a-f]{64})$/.exec(String(headers["x-blvm-signature"])) ?? [];
      expect(Math.abs(Number(seconds) * 1000 - Date.now())).toBeLessThan(120_000);
      const code = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
      const verify = (text: string) => crypto.subtle.verify("HMAC", key, code, bytes.encode(text));
      const delivery = headers["x-blvm-delivery"];
      expect(await verify(`${seconds}.${delivery}.${body}`)).toBe(true);
      expect(await verify(`${seconds}.${delivery}.${body} `)).toBe(false);
      expect(await verify(`${Number(seconds) + 1}.${delivery}.${body}`)).toBe(false);
    }
    await sink.buffer.close(allTime());
  });

  it("takes secrets from the environment and tells no log of them, not even when the receiver repeats them", async () => {
    const echo: Answer = (response, { headers, url }) =>
      response.writeHead(400).end(JSON.stringify({ headers, url }));
    await using receiver = await Receiver.start(echo);
    const env = { URL: `${receiver.url}/s3cret-path`, TOKEN: "Bearer s3cret-token", KEY: "s3cret-key" };
    const sink = hook(
      receiver,
      { url: { env: "URL" }, headers: { Authorization: { env: "TOKEN" } }, sign: { secret_env: "KEY" } },
      { env },
    );
    await deliver(sink, "a");
    expect(receiver.received[0]).toMatchObject({
      url: "/hook/s3cret-path",
      headers: { authorization: "Bearer s3cret-token" },
    });
    const told = sink.log.lines.map(
      ({ message, fields }) => `${message} ${JSON.stringify(fields)} ${fields.err}`,
    );
    expect(told).toHaveLength(1);
    expect(told.join()).not.toContain("s3cret");
    await sink.buffer.close(allTime());
  });

  it.each([
    [{ sign: { secret_env: "ABSENT" } }, {}],
    [{ headers: { Authorization: { env: "ABSENT" } } }, { ABSENT: " " }],
    [{ headers: { Authorization: { env: "ABSENT" } } }, { ABSENT: "one\nX-Other: two" }],
    [{ url: { env: "ABSENT" } }, { ABSENT: "ftp://s3cret" }],
  ])("does not open with %j where the environment is %j", (options, env) => {
    const open = () => openSink("webhook", { url: "http://127.0.0.1:1/", ...options }, { ports: { env } });
    expect(open).toThrow(expect.objectContaining({ code: "SINK_ENV_MISSING" }));
    expect(open).not.toThrow("s3cret");
  });

  it("sends what waits as lists, none larger than max_body_bytes, and refuses only the item that is", async () => {
    await using dir = await tempDir();
    await using receiver = await Receiver.start(200);
    const options = { batch: { max: 10 }, max_body_bytes: 1024, dead_letters: "dead.ndjson" };
    const sink = hook(receiver, options, { filesDir: dir.path });
    const text = (length: number) => "x".repeat(length);
    await deliver(sink, 1, 2, 3, text(600), text(600), text(1022), 4);
    await sink.buffer.close(allTime());
    expect(receiver.received.map(({ body }) => JSON.parse(body))).toEqual([
      [1],
      [2, 3, text(600)],
      [text(600)],
      [4],
    ]);
    expect(sink.counters).toMatchObject({ in: 7, out: 6, errors: 1, deadLetters: 1, held: 0 });
    expect(sink.log.lines[0]?.fields.code).toBe("SINK_ITEM_TOO_LARGE");
    expect(JSON.parse(await readFile(join(dir.path, "dead.ndjson"), "utf8"))).toMatchObject({
      attempts: 0,
      items: [],
    });
  });

  it("never holds up its stream while its receiver hangs, and holds no more than its capacity", async () => {
    await using receiver = await Receiver.start(() => {});
    const sink = hook(receiver, {}, { capacity: 10 });
    for (let seq = 1; seq <= 10_000; seq++) sink.buffer.offer(numbered(seq));
    expect(sink.counters).toMatchObject({ in: 10_000, held: 11, dropped: 9989 });
    await sink.buffer.close(AbortSignal.abort());
    expect(sink.counters).toMatchObject({ held: 0, dropped: 10_000 });
  });

  it("writes at close what is under way to the dead letters when the time is up", async () => {
    await using dir = await tempDir();
    await using receiver = await Receiver.start(() => {});
    const sink = hook(receiver, { dead_letters: "dead.ndjson" }, { filesDir: dir.path });
    for (const seq of [1, 2]) sink.buffer.offer(numbered(seq));
    await expect.poll(() => receiver.received.length).toBe(1);
    await sink.buffer.close(AbortSignal.abort());
    expect(JSON.parse(await readFile(join(dir.path, "dead.ndjson"), "utf8"))).toMatchObject({
      items: [1],
      reason: expect.stringContaining("its stream was closed"),
    });
    expect(sink.counters).toMatchObject({ in: 2, dropped: 2, held: 0, deadLetters: 1 });
  });

  it("goes on trying at close while there is time", async () => {
    await using receiver = await Receiver.start(500, 500, 200);
    const sink = hook(receiver, retry());
    for (const seq of [1, 2]) sink.buffer.offer(numbered(seq));
    await sink.buffer.close(allTime());
    expect(receiver.received.map(({ body }) => body)).toEqual(["1", "1", "1", "2"]);
    expect(sink.counters).toMatchObject({ out: 2, errors: 0 });
  });

  it.each([
    { url: "ftp://example.org/" },
    { url: "http://user:pass@example.org/" },
    { url: "example.org" },
    { headers: { Host: "other" } },
    { headers: { "X-Blvm-Delivery": "1" } },
    { headers: { "X A": "1" } },
    { headers: { A: "1\r\nB: 2" } },
    { method: "GET" },
    { retry: { attempts: 0 } },
    { timeout: 10 },
    { dead_letters: "../dead" },
    { max_body_bytes: "1TiB" },
  ])("refuses %j", (options) => {
    expect(() => prepareSink("webhook", { url: "http://example.org/", ...options })).toThrow(
      expect.objectContaining({ code: "STREAM_STEP_INVALID" }),
    );
  });
});
