import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { NEVER } from "rxjs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { connectControl, controlMethod, createControlServer, readHostFile } from "../../src/control/index.js";
import { silentLogger } from "../../src/log.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { connectRaw, startControl } from "./start-control.js";

const request = (id: unknown, method: string, params?: unknown) =>
  JSON.stringify({ jsonrpc: "2.0", id, method, params });

function serverIn(dataDir: string) {
  return createControlServer({ methods: {}, all$: NEVER, log: silentLogger }, { dataDir });
}

describe("createControlServer", () => {
  it("opens a socket for its own user only and says where the host is", async () => {
    await using control = await startControl();
    expect(statSync(join(control.dataDir, "host.sock")).mode & 0o777).toBe(0o600);
    expect(statSync(join(control.dataDir, "host.json")).mode & 0o777).toBe(0o600);
    const text = readFileSync(join(control.dataDir, "host.json"), "utf8");
    expect(JSON.parse(text)).toEqual({ pid: process.pid, http_url: "http://127.0.0.1:1" });
  });

  it("removes both files at close", async () => {
    await using control = await startControl();
    await Promise.all([control.server.close(), control.server.close()]);
    expect(existsSync(join(control.dataDir, "host.sock"))).toBe(false);
    expect(existsSync(join(control.dataDir, "host.json"))).toBe(false);
  });

  it("answers each request on a line of its own, with its id", async () => {
    await using control = await startControl();
    using client = connectRaw(control.dataDir);
    client.send(request(1, "echo", { text: "a\nb" }));
    expect(await client.next()).toEqual({ jsonrpc: "2.0", id: 1, result: { text: "a\nb" } });
    client.send(request("two", "echo", { text: "ü" }));
    expect(await client.next()).toEqual({ jsonrpc: "2.0", id: "two", result: { text: "ü" } });
  });

  it("answers what it can't run with the numbers of JSON-RPC and a code", async () => {
    await using control = await startControl();
    using client = connectRaw(control.dataDir);
    const answers = [
      ["{", -32_600, "CONTROL_BAD_REQUEST", null],
      ["[]", -32_600, "CONTROL_BAD_REQUEST", null],
      ['{"id":1,"method":"echo"}', -32_600, "CONTROL_BAD_REQUEST", null],
      [request(2, "ecko"), -32_601, "CONTROL_UNKNOWN_METHOD", 2],
      [request(3, "constructor"), -32_601, "CONTROL_UNKNOWN_METHOD", 3],
      [request(4, "echo"), -32_602, "CONTROL_INVALID_PARAMS", 4],
      [request(5, "echo", { text: "", more: 1 }), -32_602, "CONTROL_INVALID_PARAMS", 5],
      [request(6, "tap", { types: ["NewBlok"] }), -32_000, "CONTROL_UNKNOWN_EVENT_TYPE", 6],
    ] as const;
    for (const [line, number, code, id] of answers) {
      client.send(line);
      expect(await client.next()).toMatchObject({ id, error: { code: number, data: { code } } });
    }
  });

  it("runs a request without id and answers nothing", async () => {
    await using control = await startControl();
    using client = connectRaw(control.dataDir);
    client.send(request(undefined, "echo", { text: "silent" }));
    client.send(request(undefined, "nothing"));
    client.send(request(1, "echo", { text: "loud" }));
    expect(await client.next()).toMatchObject({ id: 1 });
  });

  it("gives a failure without a code one and logs it", async () => {
    const broken = controlMethod(z.strictObject({}), () => {
      throw new Error("out of luck");
    });
    const odd = controlMethod(z.strictObject({}), () => 1n);
    await using control = await startControl({ broken, odd });
    using client = await connectControl(control.dataDir);
    await expect(client.call("broken")).rejects.toMatchObject({ code: "CONTROL_FAILED" });
    await expect(client.call("odd")).rejects.toMatchObject({ code: "CONTROL_FAILED" });
    expect(control.log.lines.filter(({ level }) => level === "error")).toHaveLength(2);
  });

  it("answers every one of many senseless lines", async () => {
    await using control = await startControl();
    using client = connectRaw(control.dataDir);
    const total = 10_000;
    client.send(`${"?\n".repeat(total - 1)}${request(7, "echo", { text: "sense" })}`);
    for (let line = 1; line < total; line++) await client.next();
    expect(await client.next()).toMatchObject({ id: 7 });
  });

  it("refuses a line of more than a mebibyte and closes", async () => {
    await using control = await startControl();
    using client = connectRaw(control.dataDir);
    client.send("x".repeat(1024 * 1024 + 1));
    expect(await client.next()).toMatchObject({ error: { data: { code: "CONTROL_LINE_TOO_LONG" } } });
    expect(await client.next()).toBeUndefined();
  });

  it("answers a client that has closed its sending side", async () => {
    await using control = await startControl();
    using client = connectRaw(control.dataDir);
    client.socket.end(`${request(1, "echo", { text: "last" })}\n`);
    expect(await client.next()).toMatchObject({ result: { text: "last" } });
    expect(await client.next()).toBeUndefined();
  });

  it("stops reading from a client that reads no answers, then serves it in full", async () => {
    let runs = 0;
    const big = controlMethod(z.strictObject({}), () => {
      runs++;
      return "x".repeat(100_000);
    });
    await using control = await startControl({ big });
    using client = connectRaw(control.dataDir);
    const total = 500;
    client.send(Array.from({ length: total }, (_, id) => request(id, "big")).join("\n"));
    using other = await connectControl(control.dataDir);
    await other.call("echo", { text: "others are served meanwhile" });
    expect(runs).toBeLessThan(total / 2);
    for (let answered = 0; answered < total; answered++) await client.next();
    expect(runs).toBe(total);
  });

  it("replaces the socket of a host that was killed", async () => {
    await using dir = await tempDir();
    const dead = createServer().listen(join(dir.path, "host.sock"));
    await using server = serverIn(dir.path);
    await server.start({ httpUrl: undefined });
    expect(await readHostFile(dir.path)).toEqual({ pid: process.pid, http_url: null });
    using client = await connectControl(dir.path);
    await expect(client.call("nothing")).rejects.toMatchObject({ code: "CONTROL_UNKNOWN_METHOD" });
    dead.close();
  });

  it("leaves a file alone that is no socket, and says so", async () => {
    await using dir = await tempDir();
    writeFileSync(join(dir.path, "host.sock"), "mine");
    await expect(serverIn(dir.path).start({ httpUrl: undefined })).rejects.toMatchObject({
      code: "CONTROL_SOCKET_UNUSABLE",
    });
    expect(readFileSync(join(dir.path, "host.sock"), "utf8")).toBe("mine");
  });

  it("serves a data directory whose path is too long for a socket", async () => {
    await using dir = await tempDir();
    const deep = join(dir.path, "d".repeat(100), "e".repeat(100));
    await mkdir(deep, { recursive: true });
    const server = serverIn(deep);
    await server.start({ httpUrl: undefined });
    expect(statSync(join(deep, "host.sock")).mode & 0o777).toBe(0o600);
    using client = await connectControl(deep);
    await expect(client.call("x")).rejects.toMatchObject({ code: "CONTROL_UNKNOWN_METHOD" });
    await server.close();
    expect(existsSync(join(deep, "host.sock"))).toBe(false);
  });

  it("delivers the answer of a method that stops the host", async () => {
    await using control = await startControl({
      stop: controlMethod(z.strictObject({}), () => {
        void control.server.close();
        return "stopping";
      }),
    });
    using client = await connectControl(control.dataDir);
    expect(await client.call("stop")).toBe("stopping");
  });
});
