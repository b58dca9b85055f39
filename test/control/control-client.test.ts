import { execFile } from "node:child_process";
import { chmod } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { connectControl, controlMethod, type TapItem } from "../../src/control/index.js";
import { type AnyEvent, exampleEvent, toJson } from "../../src/events/index.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { startControl, type TestControl } from "./start-control.js";

const run = promisify(execFile);
const builtControl = new URL("../../dist/control/index.js", import.meta.url).href;

function peer(seq: number, addr = "a"): AnyEvent {
  const payload = { ...exampleEvent("PeerConnected"), addr };
  return { seq, type: "PeerConnected", payload, timestamp_ms: 5, source: "node" };
}

function reorg(seq: number): AnyEvent {
  return { seq, type: "ChainReorg", payload: exampleEvent("ChainReorg"), timestamp_ms: 5, source: "node" };
}

/** Opens a tap; when this resolves, events reach it. */
async function openTap(control: TestControl, types: readonly string[] = []) {
  const client = await connectControl(control.dataDir);
  const items = client.tap(types);
  const first = items.next();
  await vi.waitFor(() => expect(control.events.observed).toBe(true));
  return { client, items, first };
}

describe("connectControl", () => {
  it("says that no host runs, where, and what to do", async () => {
    await using dir = await tempDir();
    for (const dataDir of [dir.path, join(dir.path, "absent"), join(dir.path, "x".repeat(200))]) {
      await expect(connectControl(dataDir)).rejects.toMatchObject({
        code: "HOST_NOT_RUNNING",
        message: expect.stringMatching(new RegExp(`${dataDir}.*blvm-streams up`)),
      });
    }
  });

  it("says that the door is closed to this user, not that no host runs, where that is so", async () => {
    await using control = await startControl({});
    await chmod(control.dataDir, 0);
    // Root passes every door, so the child gives that up once it has read its code.
    const script = `
      const { connectControl } = await import(${JSON.stringify(builtControl)});
      if (process.getuid() === 0) process.setuid(65534);
      await connectControl(${JSON.stringify(control.dataDir)}).catch(({ code, message }) => console.log(code, message));`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script]);
    await chmod(control.dataDir, 0o700);
    expect(stdout.split(" ")[0]).toBe("HOST_DOOR_DENIED");
    expect(stdout).toMatch(/ closed to user \d+; only the user .*--data-dir or --config/);
  });

  it("fails open and later calls when the host goes away", async () => {
    const hang = controlMethod(z.strictObject({}), () => new Promise(() => {}));
    await using control = await startControl({ hang });
    using client = await connectControl(control.dataDir);
    const call = client.call("hang");
    const failed = expect(call).rejects.toMatchObject({ code: "CONTROL_CLOSED" });
    await control.server.close();
    await failed;
    await expect(client.call("echo")).rejects.toMatchObject({ code: "CONTROL_CLOSED" });
  });

  it("gives up a call that is not answered in time", async () => {
    await using dir = await tempDir();
    const mute = createServer().listen(join(dir.path, "host.sock"));
    using client = await connectControl(dir.path);
    await expect(client.call("stats", {}, { timeoutMs: 20 })).rejects.toMatchObject({
      code: "CONTROL_TIMEOUT",
    });
    mute.close();
  });

  it("ignores lines that are no answers", async () => {
    await using dir = await tempDir();
    const odd = createServer((socket) => {
      socket.on("data", () => socket.write('x\n[]\n{"id":99,"result":1}\n{"id":1,"result":"right"}\n'));
    }).listen(join(dir.path, "host.sock"));
    using client = await connectControl(dir.path);
    expect(await client.call("any")).toBe("right");
    odd.close();
  });
});

describe("tap", () => {
  it("yields events of the named types in order, as JSON", async () => {
    await using control = await startControl();
    const { client, items, first } = await openTap(control, ["ChainReorg"]);
    using _ = client;
    control.events.next(peer(1));
    control.events.next(reorg(2));
    control.events.next(reorg(3));
    expect((await first).value).toEqual({
      kind: "event",
      event: JSON.parse(JSON.stringify(toJson(reorg(2)))),
    });
    expect((await items.next()).value).toMatchObject({ event: { seq: 3 } });
  });

  it("ends when the host closes", async () => {
    await using control = await startControl();
    const { first } = await openTap(control);
    await control.server.close();
    expect(await first).toEqual({ done: true, value: undefined });
  });

  it("lets go of the bus when the reader breaks off", async () => {
    await using control = await startControl();
    const { items, first } = await openTap(control);
    control.events.next(peer(1));
    await first;
    await items.return?.();
    await vi.waitFor(() => expect(control.events.observed).toBe(false));
  });

  it("is refused twice on one connection", async () => {
    await using control = await startControl();
    const { client } = await openTap(control);
    using _ = client;
    await expect(client.call("tap", {})).rejects.toMatchObject({ code: "CONTROL_TAP_OPEN" });
  });

  it("refuses an unknown type and names the nearest", async () => {
    await using control = await startControl();
    using client = await connectControl(control.dataDir);
    await expect(client.tap(["NewBlok"]).next()).rejects.toMatchObject({
      code: "CONTROL_UNKNOWN_EVENT_TYPE",
      details: { nearest: "NewBlock" },
    });
  });

  it("drops the newest events of a slow reader and says so in their place", async () => {
    await using control = await startControl();
    const { client, items, first } = await openTap(control);
    using _ = client;
    const total = 20_000;
    for (let seq = 1; seq <= total; seq++) control.events.next(peer(seq, "x".repeat(2_000)));
    const taken: TapItem[] = [(await first).value];
    while (taken.at(-1)?.kind === "event") taken.push((await items.next()).value);
    const received = taken.length - 1;
    expect(received).toBeLessThan(total / 2);
    expect(taken.at(-1)).toEqual({
      kind: "dropped",
      count: total - received,
      from_seq: received + 1,
      to_seq: total,
    });
    control.events.next(peer(total + 1));
    expect((await items.next()).value).toMatchObject({ event: { seq: total + 1 } });
  });
});
