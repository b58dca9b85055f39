import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { ask, startServer } from "./start-server.js";

describe("createHttpServer", () => {
  it("serves metrics with their own content type", async () => {
    await using server = await startServer();
    const { status, headers, text } = await ask(`${server.url}/metrics`);
    expect([status, headers["content-type"], text]).toEqual([
      200,
      "text/plain; version=0.0.4",
      "blvm_up 1\n",
    ]);
  });

  it("answers health with 200 while the host is up, else 503", async () => {
    await using server = await startServer();
    const body = { status: "ok", height: 7, modules: { watcher: "Running" } };
    const up = await ask(`${server.url}/healthz`);
    expect([up.status, JSON.parse(up.text)]).toEqual([200, body]);
    for (const status of ["starting", "stopping"] as const) {
      server.health = { ...server.health, status, height: null };
      const reply = await ask(`${server.url}/healthz`);
      expect([reply.status, JSON.parse(reply.text)]).toEqual([503, { ...body, status, height: null }]);
    }
  });

  it("lists what it serves at its root", async () => {
    await using server = await startServer();
    const { status, text } = await ask(server.url);
    expect(status).toBe(200);
    for (const path of ["/metrics", "/healthz", "/events"]) expect(text).toContain(path);
  });

  it("sends headers that keep other sites and caches out with every answer", async () => {
    await using server = await startServer();
    for (const path of ["/", "/metrics", "/nothing"]) {
      expect((await ask(`${server.url}${path}`)).headers).toMatchObject({
        "cache-control": "no-store",
        "content-security-policy": expect.stringContaining("default-src 'none'"),
        "cross-origin-resource-policy": "same-origin",
        "x-content-type-options": "nosniff",
      });
    }
  });

  it("answers HEAD with the head alone", async () => {
    await using server = await startServer();
    const { status, headers, text } = await ask(`${server.url}/metrics`, { method: "HEAD" });
    expect([status, headers["content-length"], text]).toEqual([200, "10", ""]);
  });

  it("answers unknown paths, names of Object and other methods with a clear error", async () => {
    await using server = await startServer();
    for (const path of ["/metric", "/metrics/", "/__proto__", "/constructor", "/%", "//"]) {
      const reply = await ask(`${server.url}${path}`);
      expect([reply.status, JSON.parse(reply.text).error.code]).toEqual([404, "HTTP_NOT_FOUND"]);
    }
    const posted = await ask(`${server.url}/metrics`, { method: "POST" });
    expect([posted.status, posted.headers.allow]).toEqual([405, "GET, HEAD"]);
    expect(JSON.parse(posted.text).error.code).toBe("HTTP_METHOD_NOT_ALLOWED");
  });

  it("refuses a Host header that is neither loopback nor allowed", async () => {
    await using server = await startServer({ allowed_hosts: ["node.lan"] });
    const statusFor = async (host: string) => (await ask(server.url, { headers: { host } })).status;
    for (const host of ["localhost", "127.0.0.1:80", "[::1]:9332", "app.localhost", "NODE.lan:1"]) {
      expect([host, await statusFor(host)]).toEqual([host, 200]);
    }
    for (const host of ["evil.example", "127.0.0.1.evil.example", "localhost.evil", "user@localhost"]) {
      expect([host, await statusFor(host)]).toEqual([host, 403]);
    }
    const reply = await ask(server.url, { headers: { host: "evil.example" } });
    expect(JSON.parse(reply.text).error.code).toBe("HTTP_HOST_REFUSED");
  });

  it("refuses a request without a Host header", async () => {
    await using server = await startServer();
    const socket = connect(server.port, "127.0.0.1");
    socket.write("GET / HTTP/1.0\r\n\r\n");
    expect(await text(socket)).toMatch(/^HTTP\/1.1 403 /);
  });

  it("takes any Host header when it was opened to the network", async () => {
    await using server = await startServer({ host: "0.0.0.0" });
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    expect((await ask(server.url, { headers: { host: "node.example" } })).status).toBe(200);
  });

  it("names the port and what to do when the port is taken", async () => {
    await using server = await startServer();
    await expect(startServer({ port: server.port })).rejects.toMatchObject({
      code: "HTTP_PORT_IN_USE",
      message: expect.stringMatching(new RegExp(`port ${server.port} .*BLVM_STREAMS_HTTP_PORT`)),
    });
  });

  it("says why an address can't be listened on", async () => {
    await expect(startServer({ host: "192.0.2.1" })).rejects.toMatchObject({ code: "HTTP_LISTEN_FAILED" });
  });

  it("answers a handler's failure with 500 and logs the cause", async () => {
    await using server = await startServer();
    server.render = async () => {
      throw new Error("secret detail");
    };
    const { status, text } = await ask(`${server.url}/metrics`);
    expect([status, JSON.parse(text).error.code]).toEqual([500, "HTTP_INTERNAL"]);
    expect(text).not.toContain("secret");
    expect(server.log.lines).toMatchObject([
      { level: "error", fields: { err: { message: "secret detail" } } },
    ]);
  });

  it("cuts a client that sends headers without end", async () => {
    await using server = await startServer();
    const socket = connect(server.port, "127.0.0.1");
    socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(9000)}`);
    expect(await text(socket)).toMatch(/^HTTP\/1.1 431 /);
  });

  it("closes although a client holds its connection open", async () => {
    const server = await startServer();
    const idle = connect(server.port, "127.0.0.1");
    await once(idle, "connect");
    const closed = once(idle, "close");
    await Promise.all([server.close(), server.close()]);
    await closed;
    await expect(ask(server.url)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});
