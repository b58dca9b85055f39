import { existsSync } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectThreeParts } from "../../kit/ipc-three-parts.js";
import { tempDir } from "../../kit/process-temp-dir.js";
import { ask, type Reply, startServer } from "../start-server.js";
import { exampleMethods, startRpc } from "./start-rpc.js";

const echo = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "echo", params: ["hi"] });
const token = "0123456789abcdef";

function refusal({ status, text }: Reply): readonly [number, string] {
  const { code, message } = JSON.parse(text).error;
  expectThreeParts(message);
  return [status, code];
}

describe("POST /", () => {
  it("answers a call as JSON, and with the headers that keep other sites and caches out", async () => {
    await using rpc = await startRpc();
    const { status, headers, text } = await rpc.post(echo);
    expect([status, JSON.parse(text)]).toEqual([200, { jsonrpc: "2.0", id: 1, result: "hi" }]);
    expect(headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
  });

  it("answers notifications with 204 and nothing", async () => {
    await using rpc = await startRpc();
    const notification = { jsonrpc: "2.0", method: "echo", params: ["a"] };
    for (const body of [notification, [notification, notification]]) {
      const { status, headers, text } = await rpc.post(JSON.stringify(body));
      expect([status, text, headers["content-type"]]).toEqual([204, "", undefined]);
    }
  });

  it("answers faults in the JSON with status 200 and a JSON-RPC error", async () => {
    await using rpc = await startRpc();
    for (const [body, code] of [
      ["{", -32_700],
      ["", -32_700],
      ["[]", -32_600],
      ["1", -32_600],
    ] as const) {
      const { status, text } = await rpc.post(body);
      expect([status, JSON.parse(text)]).toMatchObject([200, { id: null, error: { code } }]);
    }
  });

  it("is the only thing besides GET and HEAD, and only at the root", async () => {
    await using rpc = await startRpc();
    const head = { headers: { authorization: await rpc.authorization() } };
    for (const [path, method, allow] of [
      ["/", "PUT", "GET, HEAD, POST"],
      ["/", "OPTIONS", "GET, HEAD, POST"],
      ["/metrics", "POST", "GET, HEAD"],
      ["/nothing", "POST", "GET, HEAD"],
      ["//", "POST", "GET, HEAD"],
    ] as const) {
      const reply = await ask(`${rpc.server.url}${path}`, { ...head, method, body: echo });
      expect([path, reply.headers.allow]).toEqual([path, allow]);
      expect(refusal(reply)).toEqual([405, "HTTP_METHOD_NOT_ALLOWED"]);
    }
    await using plain = await startServer();
    expect((await ask(plain.url, { method: "POST", body: echo })).status).toBe(405);
    expect((await ask(plain.url)).text).not.toContain("POST");
    expect((await ask(rpc.server.url)).text).toContain("POST /");
  });

  it("takes JSON only, in UTF-8 and not compressed", async () => {
    await using rpc = await startRpc();
    const status = async (headers: Record<string, string>) => (await rpc.post(echo, { headers })).status;
    for (const type of [
      "application/json",
      "application/json; charset=utf-8",
      'Application/JSON;charset="UTF-8"',
    ]) {
      expect([type, await status({ "content-type": type })]).toEqual([type, 200]);
    }
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "application/jsonp",
      "application/json; charset=utf-16",
      "text/plain; application/json",
    ]) {
      expect([type, await status({ "content-type": type })]).toEqual([type, 415]);
    }
    expect(refusal(await rpc.post(echo, { headers: { "content-encoding": "gzip" } }))).toEqual([
      415,
      "HTTP_CONTENT_TYPE",
    ]);
    const authorization = await rpc.authorization();
    const untyped = await ask(rpc.server.url, { method: "POST", headers: { authorization }, body: echo });
    expect(refusal(untyped)).toEqual([415, "HTTP_CONTENT_TYPE"]);
  });
});

describe("the authorisation of JSON-RPC", () => {
  it("refuses who shows nothing or the wrong thing, names the way in and runs nothing", async () => {
    await using rpc = await startRpc();
    const { url } = rpc.server;
    const headers = { "content-type": "application/json" };
    const cookie = await rpc.authorization();
    const wrong = [
      undefined,
      "",
      "Basic",
      `Basic ${Buffer.from("__cookie__:00").toString("base64")}`,
      "Bearer x",
    ];
    for (const authorization of [...wrong, `${cookie}AA`, cookie.replace("Basic", "Bearer")]) {
      const reply = await ask(url, {
        method: "POST",
        headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
        body: "not even JSON",
      });
      expect(reply.headers["www-authenticate"]).toBe('Basic realm="blvm-streams"');
      expect(refusal(reply)).toEqual([401, "HTTP_UNAUTHORIZED"]);
      expect(reply.text).toContain(".cookie");
    }
  });

  it("takes the configured token instead of a cookie, which isn't written then", async () => {
    await using rpc = await startRpc({ http: { rpc_token: token } });
    expect((await rpc.post(echo)).status).toBe(200);
    expect(existsSync(join(rpc.dataDir, ".cookie"))).toBe(false);
    const reply = await rpc.post(echo, { headers: { authorization: `Bearer ${token}0` } });
    expect(refusal(reply)).toEqual([401, "HTTP_UNAUTHORIZED"]);
    expect(reply.headers["www-authenticate"]).toBe('Bearer realm="blvm-streams"');
    expect(reply.text + JSON.stringify(rpc.server.log.lines)).not.toContain(token);
  });

  it("writes the cookie before the port answers, and takes it away at close", async () => {
    const rpc = await startRpc();
    const file = join(rpc.dataDir, ".cookie");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const secret = await readFile(file, "utf8");
    expect(JSON.stringify(rpc.server.log.lines)).not.toContain(secret.split(":")[1]);
    expect(rpc.server.log.messages()).toEqual([expect.stringContaining(file)]);
    await rpc.server.close();
    expect(existsSync(file)).toBe(false);
    await rpc[Symbol.asyncDispose]();
  });

  it("leaves no cookie when the port is taken, and opens no port without a cookie", async () => {
    await using first = await startRpc();
    await using dir = await tempDir();
    const offer = { methods: exampleMethods, dataDir: dir.path };
    await expect(startServer({ port: first.server.port }, undefined, offer)).rejects.toMatchObject({
      code: "HTTP_PORT_IN_USE",
    });
    expect(existsSync(join(dir.path, ".cookie"))).toBe(false);
    await mkdir(join(dir.path, ".cookie", "full"), { recursive: true });
    await expect(startServer({}, undefined, offer)).rejects.toMatchObject({ code: "HTTP_COOKIE_UNWRITABLE" });
  });

  it("refuses another host's cookie, and its own of an earlier start", async () => {
    await using one = await startRpc();
    await using two = await startRpc();
    const foreign = { headers: { authorization: await one.authorization() } };
    expect((await two.post(echo, foreign)).status).toBe(401);
    const before = { headers: { authorization: await two.authorization() } };
    await two.server.close();
    await using again = await startServer({}, undefined, { methods: exampleMethods, dataDir: two.dataDir });
    const headers = { ...before.headers, "content-type": "application/json" };
    expect((await ask(again.url, { method: "POST", headers, body: echo })).status).toBe(401);
  });

  it("is off where the network can reach it and no token is set, and the log says so", async () => {
    await using open = await startRpc({ http: { host: "0.0.0.0" } });
    expect(existsSync(join(open.dataDir, ".cookie"))).toBe(false);
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const reply = await ask(open.server.url, { method: "POST", headers, body: echo });
    expect(refusal(reply)).toEqual([403, "HTTP_RPC_OFF"]);
    expect(open.server.log.lines).toMatchObject([
      { level: "warn", message: expect.stringContaining("JSON-RPC is off") },
    ]);
    await using guarded = await startRpc({ http: { host: "0.0.0.0", rpc_token: token } });
    expect((await guarded.post(echo)).status).toBe(200);
    expect(guarded.server.log.lines).toMatchObject([
      { level: "warn", message: expect.stringContaining("unencrypted") },
    ]);
  });

  it("tells the log of wrong passwords once in ten seconds, without them", async () => {
    await using rpc = await startRpc();
    for (let n = 0; n < 20; n++) {
      await rpc.post(echo, { headers: { authorization: `Bearer guess-${n}` } });
    }
    const warnings = rpc.server.log.lines.filter(({ level }) => level === "warn");
    expect(warnings).toMatchObject([{ fields: { address: expect.stringContaining("127.0.0.1") } }]);
    expect(JSON.stringify(warnings)).not.toContain("guess");
  });
});

describe("a browser", () => {
  it("may call from the server's own pages only, even with the right password", async () => {
    await using rpc = await startRpc({ http: { allowed_hosts: ["node.lan"] } });
    const { port } = rpc.server;
    const post = (headers: Record<string, string>) => rpc.post(echo, { headers });
    for (const [origin, host] of [
      [`http://127.0.0.1:${port}`, `127.0.0.1:${port}`],
      ["http://LOCALHOST:1", "localhost:1"],
      ["https://node.lan", "node.lan"],
    ] as const) {
      expect([origin, (await post({ origin, host })).status]).toEqual([origin, 200]);
    }
    for (const origin of [
      "null",
      "",
      "http://evil.example",
      `http://localhost:${port}`,
      "http://127.0.0.1",
      `http://127.0.0.1:${port}.evil.example`,
      `http://evil@127.0.0.1:${port}`,
    ]) {
      const reply = await post({ origin, host: `127.0.0.1:${port}` });
      expect([origin, ...refusal(reply)]).toEqual([origin, 403, "HTTP_ORIGIN_REFUSED"]);
    }
    expect(refusal(await post({ host: "evil.example" }))[1]).toBe("HTTP_HOST_REFUSED");
  });

  it("gets no leave to call from another site when it asks beforehand", async () => {
    await using rpc = await startRpc();
    const reply = await ask(rpc.server.url, {
      method: "OPTIONS",
      headers: { origin: "http://evil.example", "access-control-request-method": "POST" },
    });
    expect(reply.status).toBe(405);
    expect(Object.keys(reply.headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
  });
});
