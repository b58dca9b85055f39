import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { exampleEvent } from "../../src/events/index.js";
import type { HandshakeAck } from "../../src/ipc/index.js";
import { expectBalancedBooks } from "../kit/ipc-books.js";
import { type OpenModule, startIpcHost } from "../kit/ipc-host.js";
import type { WireClient } from "../kit/ipc-wire-client.js";
import { tempDir } from "../kit/process-temp-dir.js";

/** A client that came through the path with the token. */
async function enterByPath(
  module: OpenModule,
  token = module.endpoint.token,
): Promise<{ client: WireClient; ack: HandshakeAck }> {
  const client = await module.dial();
  client.request(1, "Handshake", module.handshake({ token }));
  return { client, ack: (await client.answer(1)) as HandshakeAck };
}

describe("the two doors of a module", () => {
  it("answer the same limits, and only the path a resume token", async () => {
    await using host = await startIpcHost();
    const ipc = { heartbeat_ms: 500, max_frame_bytes: 4096 };
    const delivery = { capacity: 10, window: 20 };
    const byDescriptor = await host.open("fd", { ipc, delivery });
    const first = await byDescriptor.descriptor();
    first.request(1, "Handshake", byDescriptor.handshake());
    const limits = {
      node_version: "0.0.0-test",
      protocol: 1,
      features: ["ack", "gap", "timing"],
      max_frame_bytes: 4096,
      capacity: 10,
      window: 20,
      heartbeat_ms: 500,
    };
    expect(await first.answer(1)).toEqual(limits);
    const byPath = await host.open("path", { ipc, delivery });
    const { ack } = await enterByPath(byPath);
    expect(ack).toEqual({ ...limits, resume_token: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it("grant only the features that the client asked for", async () => {
    await using host = await startIpcHost();
    const module = await host.open("plain");
    const client = await module.descriptor();
    client.request(1, "Handshake", module.handshake({ features: ["gap", "replay", "telepathy"] }));
    expect(await client.answer(1)).toMatchObject({ features: ["gap"] });
  });

  it("need a token of 64 hex characters on the path", async () => {
    await using host = await startIpcHost();
    for (const [token, found] of [
      [undefined, "no token"],
      [null, "no token"],
      ["", "a wrong or used token"],
      ["0".repeat(64), "a wrong or used token"],
      ["short", "a wrong or used token"],
    ] as const) {
      const module = await host.open("guarded");
      expect(module.endpoint.token).toMatch(/^[0-9a-f]{64}$/);
      const client = await module.dial();
      client.request(1, "Handshake", module.handshake({ token }));
      expect(await client.refusal(1)).toMatchObject({ code: "BAD_TOKEN", details: { found } });
      expect(await client.untilEnd()).toEqual([]);
      expect(module.connections.items).toEqual([]);
    }
  });

  it("need no token on the descriptor, and ignore one", async () => {
    await using host = await startIpcHost();
    const module = await host.open("inherited");
    await module.connect({ token: "whatever" });
    expect((await module.connections.nth(1)).door).toBe("fd");
  });

  it("close the path when the module came through the descriptor", async () => {
    await using host = await startIpcHost();
    const module = await host.open("prefers-fd");
    const waiting = await module.dial();
    await module.connect();
    expect(await waiting.untilEnd()).toEqual([]);
    expect(existsSync(module.endpoint.socketPath)).toBe(false);
    expect(module.turnedAway.items).toEqual([]);
  });

  it("close the descriptor when the module came through the path", async () => {
    await using host = await startIpcHost();
    const module = await host.open("prefers-path");
    const descriptor = await module.descriptor();
    const { client } = await enterByPath(module);
    expect(await descriptor.untilEnd()).toEqual([]);
    client.request(2, "GetChainTip");
    await client.answer(2);
    expect(module.connections.items.map(({ door }) => door)).toEqual(["path"]);
    expect(module.turnedAway.items).toEqual([]);
  });

  it("take over nothing when a stranger comes to the path first", async () => {
    await using host = await startIpcHost();
    const module = await host.open("watched");
    const descriptor = await module.descriptor();
    const stranger = await module.dial();
    stranger.request(1, "Handshake", module.handshake({ token: "f".repeat(64) }));
    expect((await stranger.refusal(1)).code).toBe("BAD_TOKEN");
    const report = await module.turnedAway.nth(1);
    expect(report).toMatchObject({ door: "path", reason: { error: { code: "BAD_TOKEN" } } });
    descriptor.request(1, "Handshake", module.handshake());
    await descriptor.answer(1);
    expect(module.connections.items.map(({ door }) => door)).toEqual(["fd"]);
    expect(module.exhausted.items).toEqual([]);
  });

  it("are exhausted once when a stranger spent the one and the module closed the other", async () => {
    await using host = await startIpcHost();
    const module = await host.open("doomed");
    const descriptor = await module.descriptor();
    const stranger = await module.dial();
    stranger.request(1, "GetChainTip");
    await stranger.untilEnd();
    await module.turnedAway.nth(1);
    expect(module.exhausted.items).toEqual([]);
    descriptor.socket.end();
    const reason = await module.exhausted.nth(1);
    expect(reason).toContain("descriptor 3");
    expect(module.exhausted.items).toHaveLength(1);
  });

  it("are exhausted when the only door was spent on a stranger", async () => {
    await using host = await startIpcHost();
    const module = await host.open("attached");
    const stranger = await module.dial();
    stranger.request(1, "Handshake", module.handshake());
    await stranger.untilEnd();
    expect(await module.exhausted.nth(1)).toContain("the path");
  });

  it("are exhausted when nobody comes within the time", async () => {
    await using host = await startIpcHost();
    const module = await host.open("awaited", { firstClientTimeoutMs: 50 });
    expect(await module.exhausted.nth(1)).toContain("no client came");
    await expect(module.dial()).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("are exhausted at once when a module closes its descriptor", async () => {
    await using host = await startIpcHost();
    const module = await host.open("leaving");
    const client = await module.connect();
    client.socket.end();
    await module.closed.nth(1);
    await module.exhausted.nth(1);
    expect(existsSync(module.endpoint.socketPath)).toBe(false);
  });
});

describe("coming back through the path", () => {
  it("works at the same path with the resume token, each of which serves once", async () => {
    await using host = await startIpcHost();
    const module = await host.open("returning");
    const path = module.endpoint.socketPath;
    let { client, ack } = await enterByPath(module);
    const tokens = [ack.resume_token];
    for (let n = 2; n <= 4; n++) {
      expect(existsSync(path)).toBe(false);
      client.socket.destroy();
      await module.closed.nth(n - 1);
      ({ client, ack } = await enterByPath(module, ack.resume_token ?? ""));
      tokens.push(ack.resume_token);
    }
    expect(new Set(tokens).size).toBe(4);
    expect(module.connections.items.map(({ door }) => door)).toEqual(["path", "path", "path", "path"]);
    expect(module.exhausted.items).toEqual([]);
  });

  it.each(["the first token", "a resume token that was used", "the token of another module"])(
    "refuses %s",
    async (which) => {
      await using host = await startIpcHost();
      const module = await host.open("replayed");
      const other = await host.open("other");
      const firstToken = module.endpoint.token;
      const { client, ack } = await enterByPath(module);
      client.socket.destroy();
      await module.closed.nth(1);
      const again = await enterByPath(module, ack.resume_token ?? "");
      again.client.socket.destroy();
      await module.closed.nth(2);
      const tokens = new Map([
        ["the first token", firstToken],
        ["a resume token that was used", ack.resume_token],
        ["the token of another module", other.endpoint.token],
      ]);
      const thief = await module.dial();
      thief.request(1, "Handshake", module.handshake({ token: tokens.get(which) }));
      expect((await thief.refusal(1)).code).toBe("BAD_TOKEN");
      expect(module.connections.items).toHaveLength(2);
      await module.exhausted.nth(1);
    },
  );

  it("lets in one client, whoever else knocks", async () => {
    await using host = await startIpcHost();
    const module = await host.open("crowded");
    const { client, ack } = await enterByPath(module);
    client.socket.destroy();
    await module.closed.nth(1);
    await enterByPath(module, ack.resume_token ?? "");
    await expect(module.dial()).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("is possible until the time is over, and then never", async () => {
    await using host = await startIpcHost();
    const module = await host.open("late", { ipc: { reconnect_timeout_ms: 100 } });
    const { client } = await enterByPath(module);
    client.socket.destroy();
    expect(await module.exhausted.nth(1)).toContain("within 100 ms");
    await expect(module.dial()).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("blames a stopped process for no slow frame, through this door either", async () => {
    await using host = await startIpcHost();
    const module = await host.open("stopped", { ipc: { frame_timeout_ms: 100, heartbeat_ms: 50 } });
    let isStopped = true;
    await module.descriptor(() => isStopped);
    const { client } = await enterByPath(module);
    client.sendBytes(Uint8Array.of(0, 0));
    await client.untilPings(10);
    expect(module.closed.items).toEqual([]);
    isStopped = false;
    expect((await client.refusal(0)).code).toBe("SLOW_FRAME");
  });

  it("leaves the old subscription behind as failed and announces nothing anew", async () => {
    await using host = await startIpcHost();
    const module = await host.open("resuming");
    const announced: unknown[] = [];
    host.bus.events$("ModuleLoaded").subscribe(({ payload }) => announced.push(payload.module_name));
    const { client, ack } = await enterByPath(module);
    client.request(2, "SubscribeEvents", { event_types: ["NewBlock"] });
    await client.answer(2);
    host.bus.publish("NewBlock", exampleEvent("NewBlock"));
    await client.next();
    client.socket.destroy();
    await module.closed.nth(1);
    host.bus.publish("NewBlock", exampleEvent("NewBlock"));
    const back = await enterByPath(module, ack.resume_token ?? "");
    host.bus.publish("NewBlock", exampleEvent("NewBlock"));
    back.client.request(2, "SubscribeEvents", { event_types: ["NewBlock"] });
    await back.client.answer(2);
    const seq = host.bus.publish("NewBlock", exampleEvent("NewBlock"));
    expect((await back.client.next()).slice(0, 2)).toEqual([2, seq]);
    expect(announced).toEqual(["resuming"]);
    expect(host.bus.books.getDeliveryStats("resuming")).toMatchObject({
      matched: 2,
      failed_closed: 1,
      fate_unknown: 1,
      in_flight: 1,
    });
    expectBalancedBooks(host.bus);
  });

  it("isn't offered to a module that came through the descriptor", async () => {
    await using host = await startIpcHost();
    const module = await host.open("inherited");
    const client = await module.connect();
    client.socket.destroy();
    await module.exhausted.nth(1);
    await expect(module.dial()).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("ModuleEndpoint", () => {
  it("keeps its socket in a folder of mode 0700 and removes both at the close", async () => {
    await using host = await startIpcHost();
    const module = await host.open("tidy");
    expect((await stat(dirname(module.endpoint.socketPath))).mode & 0o777).toBe(0o700);
    expect((await stat(module.endpoint.socketPath)).isSocket()).toBe(true);
    await module.endpoint.close("the test is over");
    await module.endpoint.close("again");
    expect(await readdir(host.socketDir)).toEqual([]);
  });

  it("ends its connection and everyone at its doors at the close, and opens none again", async () => {
    await using host = await startIpcHost();
    const module = await host.open("closing");
    const { client } = await enterByPath(module);
    const other = await host.open("empty");
    const waiting = [await other.dial(), await other.descriptor()];
    await Promise.all([module.endpoint.close("the host is done"), other.endpoint.close("the host is done")]);
    for (const end of [client, ...waiting]) expect(await end.untilEnd()).toEqual([]);
    expect((await module.closed.nth(1)).text).toBe("the host is done");
    expect(await readdir(host.socketDir)).toEqual([]);
    expect([module.exhausted.items, other.exhausted.items, other.turnedAway.items]).toEqual([[], [], []]);
  });

  it("removes its folder when it is closed while a client is on its way back", async () => {
    await using host = await startIpcHost();
    const module = await host.open("between");
    const { client } = await enterByPath(module);
    client.socket.destroy();
    await module.closed.nth(1);
    await module.endpoint.close("the host is done");
    expect(await readdir(host.socketDir)).toEqual([]);
    expect(module.exhausted.items).toEqual([]);
  });

  it("hangs up on a descriptor that it adopts after the close", async () => {
    await using host = await startIpcHost();
    const module = await host.open("too-late");
    await module.endpoint.close("the host is done");
    const client = await module.descriptor();
    client.request(1, "Handshake", module.handshake());
    expect(await client.untilEnd()).toEqual([]);
    expect(module.connections.items).toEqual([]);
  });

  it("refuses a socket folder whose path is too long, and leaves nothing there", async () => {
    await using dir = await tempDir();
    await using host = await startIpcHost({ socketDir: `${dir.path}/${"d".repeat(100)}` });
    await expect(host.open("deep")).rejects.toMatchObject({ code: "SOCKET_PATH_TOO_LONG" });
    expect(await readdir(dir.path)).toEqual([]);
  });
});
