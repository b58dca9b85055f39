import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { monotonicScheduler } from "../../../src/clock.js";
import { httpOptions, rpcMethod } from "../../../src/http/index.js";
import { RpcDoor } from "../../../src/http/rpc/rpc-door.js";
import { until } from "../../kit/host-until.js";
import { virtualClock } from "../../kit/ipc-virtual-clock.js";
import { recordingLog } from "../../kit/process-recording-log.js";
import { tempDir } from "../../kit/process-temp-dir.js";
import { timeLimitMs } from "../../kit/time-limit.js";
import { ask } from "../start-server.js";
import { exampleMethods, startRpc, type TestRpc } from "./start-rpc.js";

const LIMIT_BYTES = 8_100_000;
const echo = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "echo", params: ["hi"] });

async function expectAlive(rpc: TestRpc): Promise<void> {
  expect(JSON.parse((await rpc.post(echo)).text)).toEqual({ jsonrpc: "2.0", id: 1, result: "hi" });
}

/** The head of a POST that is right but for what follows. */
async function head(rpc: TestRpc, ...lines: string[]): Promise<string> {
  const authorization = `Authorization: ${await rpc.authorization()}`;
  const all = [
    "POST / HTTP/1.1",
    "Host: localhost",
    authorization,
    "Content-Type: application/json",
    ...lines,
  ];
  return `${all.join("\r\n")}\r\n\r\n`;
}

describe("a hostile body", () => {
  it("of a byte more than a block in hex needs is refused, one of just that size read", async () => {
    await using rpc = await startRpc();
    const atLimit = await rpc.post(echo.padEnd(LIMIT_BYTES));
    expect(atLimit.status).toBe(200);
    const above = await rpc.post(echo.padEnd(LIMIT_BYTES + 1));
    expect([above.status, JSON.parse(above.text).error.code]).toEqual([413, "HTTP_BODY_TOO_LARGE"]);
  });

  it("of 10 MB is refused with an answer that arrives, whether its size is declared or not", async () => {
    await using rpc = await startRpc();
    for (const headers of [{}, { "transfer-encoding": "chunked" }]) {
      const { status, text } = await rpc.post(Buffer.alloc(10_000_000, "["), { headers });
      expect([status, JSON.parse(text).error.code]).toEqual([413, "HTTP_BODY_TOO_LARGE"]);
    }
    await expectAlive(rpc);
  });

  it("of 10 MB without a password is refused before it is read", async () => {
    await using rpc = await startRpc();
    const { status } = await rpc.post(Buffer.alloc(10_000_000, "["), {
      headers: { authorization: "Basic no" },
    });
    expect(status).toBe(401);
  });

  it("that goes on for ever after the refusal is cut off a second later", async () => {
    await using rpc = await startRpc();
    const socket = connect(rpc.server.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(await head(rpc, "Transfer-Encoding: chunked"));
    const chunk = Buffer.alloc(65_536, "x");
    const pump = () => {
      while (
        socket.writable &&
        socket.write(Buffer.concat([Buffer.from("10000\r\n"), chunk, Buffer.from("\r\n")]))
      );
    };
    socket.on("drain", pump);
    pump();
    const startedMs = performance.now();
    const answer = await text(socket).catch(() => "reset");
    expect(answer).toMatch(/^HTTP\/1.1 413 |^reset$/);
    expect(performance.now() - startedMs).toBeLessThan(timeLimitMs(5000));
    await expectAlive(rpc);
  });

  it("that comes byte by byte is waited for 5 seconds, and holds up nobody", async () => {
    const clock = virtualClock();
    await using rpc = await startRpc({ scheduler: clock.scheduler });
    const socket = connect(rpc.server.port, "127.0.0.1");
    socket.write(await head(rpc, "Content-Length: 1000"));
    let answer: string | undefined;
    void text(socket).then((all) => {
      answer = all;
    });
    await expectAlive(rpc);
    await until("the body is given up", () => {
      if (socket.writable) socket.write("{");
      clock.advanceMs(100);
      return answer !== undefined;
    });
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(answer).toContain("HTTP_BODY_TOO_SLOW");
    expect(clock.nowMs).toBeGreaterThanOrEqual(5000);
  });

  it("that ends early with its connection is forgotten", async () => {
    await using rpc = await startRpc();
    for (let n = 0; n < 100; n++) {
      const socket = connect(rpc.server.port, "127.0.0.1");
      socket.write(await head(rpc, "Content-Length: 100"));
      socket.write("{");
      await new Promise<void>((resolve) => setImmediate(resolve));
      socket.destroy();
    }
    await expectAlive(rpc);
    expect(rpc.server.log.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("made of depth, doubles, surrogates or NULs gets a JSON-RPC error", async () => {
    await using rpc = await startRpc();
    const call = (params: string) => `{"jsonrpc":"2.0","id":1,"method":"echo","params":${params}}`;
    const cases: readonly (readonly [string | Uint8Array, number])[] = [
      [`${"[".repeat(100_000)}${"]".repeat(100_000)}`, -32_700],
      [call(`${'{"text":'.repeat(100_000)}1${"}".repeat(100_000)}`), -32_700],
      [call('{"text":"a","text":"b"}'), -32_700],
      ['{"jsonrpc":"2.0","id":1,"method":"echo","method":"fail"}', -32_700],
      [Buffer.from([0xff, 0xfe, 0x7b, 0x7d]), -32_700],
      [Buffer.from(call('["\0"]')), -32_700],
      [call('{"text":["\\ud800"]}'), -32_602],
      [call(`["${"x".repeat(1001)}"]`), -32_602],
      [`[${Array.from({ length: 101 }, () => echo).join(",")}]`, -32_600],
    ];
    for (const [body, code] of cases) {
      const { status, text } = await rpc.post(body);
      expect([status, JSON.parse(text).error.code]).toEqual([200, code]);
    }
    const odd = await rpc.post(call('["\\ud800\\u0000"]'));
    expect(JSON.parse(odd.text).result).toBe("\ud800\0");
    await expectAlive(rpc);
  });
});

describe("many calls at a time", () => {
  it("are each answered with their own result, a thousand of them", async () => {
    await using rpc = await startRpc();
    const agent = new Agent({ keepAlive: true, maxSockets: 50 });
    const headers = { authorization: await rpc.authorization(), "content-type": "application/json" };
    const call = (n: number) =>
      new Promise<unknown>((resolve, reject) => {
        const body = JSON.stringify({ jsonrpc: "2.0", id: n, method: "echo", params: [`no ${n}`] });
        const sent = request(rpc.server.url, { method: "POST", headers, agent }, (response) => {
          text(response).then((answer) => resolve(JSON.parse(answer)), reject);
        });
        sent.on("error", reject).end(body);
      });
    const answers = await Promise.all(Array.from({ length: 1000 }, (_, n) => call(n)));
    agent.destroy();
    expect(answers).toEqual(answers.map((_, n) => ({ jsonrpc: "2.0", id: n, result: `no ${n}` })));
  });

  it("are 64, the next gets 429, and there is room again when one is done", async () => {
    const waiting: (() => void)[] = [];
    const wait = rpcMethod({
      description: "waits",
      params: z.strictObject({}),
      result: z.null(),
      run: () => new Promise<null>((resolve) => waiting.push(() => resolve(null))),
    });
    await using rpc = await startRpc({ methods: { ...exampleMethods, wait } });
    const waits = Array.from({ length: 64 }, (_, id) =>
      rpc.post(JSON.stringify({ jsonrpc: "2.0", id, method: "wait" })),
    );
    await expect.poll(() => waiting.length).toBe(64);
    const refused = await rpc.post(echo);
    expect([refused.status, refused.headers["retry-after"]]).toEqual([429, "1"]);
    expect(JSON.parse(refused.text).error.code).toBe("HTTP_TOO_MANY_CALLS");
    waiting.pop()?.();
    await Promise.race(waits);
    await expectAlive(rpc);
    for (const done of waiting) done();
    expect((await Promise.all(waits)).map(({ status }) => status)).toEqual(waits.map(() => 200));
  });

  it("outlive the time after which a silent connection is closed", async () => {
    let finish: () => void = () => {};
    let isRunning = false;
    const wait = rpcMethod({
      description: "waits",
      params: z.strictObject({}),
      result: z.literal("done"),
      run: () =>
        new Promise<"done">((resolve) => {
          isRunning = true;
          finish = () => resolve("done");
        }),
    });
    await using dir = await tempDir();
    const parts = {
      methods: { wait },
      dataDir: dir.path,
      log: recordingLog(),
      scheduler: monotonicScheduler,
    };
    const door = new RpcDoor(parts, httpOptions.parse({ rpc_token: "0123456789abcdef" }));
    await door.open();
    const server = createServer((received, response) => void door.respond(received, response));
    server.timeout = 300;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const headers = { authorization: "Bearer 0123456789abcdef", "content-type": "application/json" };
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "wait" });
    const answer = ask(`http://127.0.0.1:${port}`, { method: "POST", headers, body });
    await until("the call runs", () => isRunning);
    // Connected later and as silent: when this one is closed, the caller's would have been.
    const silent = connect(port, "127.0.0.1");
    silent.resume();
    await once(silent, "close");
    finish();
    expect(await answer).toMatchObject({ status: 200, text: expect.stringContaining("done") });
    server.close();
  });

  it("are refused with 503 while bodies of 64 MB in all are kept, and taken when one caller left", async () => {
    const { scheduler } = virtualClock();
    await using rpc = await startRpc({ scheduler });
    const part = Buffer.alloc(8_000_000, " ");
    const sockets = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const socket = connect(rpc.server.port, "127.0.0.1");
        socket.on("error", () => {});
        socket.write(await head(rpc, `Content-Length: ${part.length + 1}`));
        socket.write(part);
        return socket;
      }),
    );
    let refused = await rpc.post(echo);
    await until("the bodies have come", async () => {
      refused = await rpc.post(echo);
      return refused.status !== 200;
    });
    expect([refused.status, refused.headers["retry-after"]]).toEqual([503, "1"]);
    expect(JSON.parse(refused.text).error.code).toBe("HTTP_BODIES_TOO_LARGE");
    sockets.pop()?.destroy();
    await until("there is room again", async () => (await rpc.post(echo)).status === 200);
    for (const socket of sockets) socket.destroy();
  });

  it("that outlast their callers free their places when they end", async () => {
    const waiting: (() => void)[] = [];
    const wait = rpcMethod({
      description: "waits",
      params: z.strictObject({}),
      result: z.null(),
      run: () => new Promise<null>((resolve) => waiting.push(() => resolve(null))),
    });
    await using rpc = await startRpc({ methods: { ...exampleMethods, wait } });
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "wait" });
    const sockets = await Promise.all(
      Array.from({ length: 64 }, async () => {
        const socket = connect(rpc.server.port, "127.0.0.1");
        socket.write((await head(rpc, `Content-Length: ${body.length}`)) + body);
        return socket;
      }),
    );
    await expect.poll(() => waiting.length).toBe(64);
    for (const socket of sockets) socket.destroy();
    expect((await rpc.post(echo)).status).toBe(429);
    for (const done of waiting) done();
    await expectAlive(rpc);
  });
});
