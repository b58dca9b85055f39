import { monitorEventLoopDelay } from "node:perf_hooks";
import { expect } from "vitest";
import { exampleEvent } from "../../src/events/index.js";
import { frame, pack } from "../kit/ipc-bytes.js";
import { eventually } from "../kit/ipc-deadline.js";
import {
  type DescriptorProcess,
  RELAY_SCRIPT,
  startDescriptorProcess,
} from "../kit/ipc-descriptor-process.js";
import type { OpenModule } from "../kit/ipc-host.js";
import { WireClient } from "../kit/ipc-wire-client.js";
import { type HostileRow, row, rowAt } from "./hostile-row.js";
import { rowSize } from "./row-size.js";
import { playScene, type Scene } from "./scene.js";
import { STORM_SCRIPT } from "./storm-script.js";

const DESCRIPTOR_IS_PRIVATE = "nobody but the module's own process can ever hold descriptor 3";
const DESCRIPTOR_HAS_NO_TOKEN = "descriptor 3 needs no token and ends with the process";

const line = (...message: readonly unknown[]) => `${Buffer.from(frame(pack(message))).toString("hex")}\n`;

/** A process of its own at the scene's door, which it hasn't spoken to yet. */
function startRelay(scene: Scene, module: OpenModule): DescriptorProcess {
  if (scene.door === "path") return startDescriptorProcess(RELAY_SCRIPT, [module.endpoint.socketPath]);
  const relay = startDescriptorProcess(RELAY_SCRIPT);
  module.endpoint.adopt(relay.channel, () => false);
  return relay;
}

const killedInAFrame = row("H04", "half a frame, then SIGKILL", (door) =>
  playScene(door, {}, async (scene) => {
    const { host } = scene;
    const module = await scene.open();
    await using relay = startRelay(scene, module);
    relay.tell(line(0, 1, "Handshake", module.handshake({ token: module.endpoint.token })));
    await module.connections.nth(1);
    relay.tell(line(0, 2, "SubscribeEvents", { event_types: ["NewBlock"] }));
    await eventually("it is subscribed", () => host.bus.getSubscribers("NewBlock").includes("hostile"));
    host.bus.publish("NewBlock", exampleEvent("NewBlock"));
    // One write: whoever has read the line has read what follows it.
    const half = Buffer.from(frame(pack([0, 3, "GetChainTip", {}])))
      .subarray(0, 9)
      .toString("hex");
    relay.tell(`${line(3, "info", "relay", "half a frame follows", 1).trim()}${half}\n`);
    await eventually("the first half was read", () => host.log.messages().includes("half a frame follows"));
    relay.child.kill("SIGKILL");
    const reason = await module.closed.nth(1);
    // A dead process is told nothing; its end is no fault of the protocol.
    expect(reason).toEqual({ text: "the peer closed the connection", partialBytes: 9 });
    expect(host.bus.books.of("hostile").partialFrameBytes).toBe(9);
    expect(host.bus.books.getDeliveryStats("hostile")).toMatchObject({
      matched: 1,
      failed_closed: 1,
      fate_unknown: 1,
      in_flight: 0,
    });
    expect(host.bus.getSubscribers("NewBlock")).toEqual(["honest"]);
    if (door === "fd") await module.exhausted.nth(1);
    else await scene.greet(module);
  }),
);

const storm = rowAt("path", DESCRIPTOR_IS_PRIVATE, "H13", "a storm of connections", () =>
  playScene("path", {}, async (scene) => {
    const module = await scene.open();
    const descriptor = await scene.enter(module, "fd");
    const lag = monitorEventLoopDelay({ resolution: 1 });
    lag.enable();
    await using stormer = startDescriptorProcess(STORM_SCRIPT, [
      module.endpoint.socketPath,
      String(rowSize(5000, 1000)),
    ]);
    await module.turnedAway.nth(1);
    await stormer.exited;
    lag.disable();
    expect(stormer.child.exitCode).toBe(0);
    expect(lag.percentile(99) / 1e6).toBeLessThan(50);
    expect(module.turnedAway.items).toHaveLength(1);
    // The listener is gone: whoever comes now isn't even let in to be turned away.
    await expect(WireClient.dial(module.endpoint.socketPath)).rejects.toMatchObject({ code: "ENOENT" });
    descriptor.request(1, "Handshake", module.handshake());
    await descriptor.answer(1);
    expect(module.connections.items.map(({ door }) => door)).toEqual(["fd"]);
  }),
);

const takenPath = rowAt(
  "path",
  DESCRIPTOR_IS_PRIVATE,
  "H14",
  "a foreign process that takes the path first",
  () =>
    playScene("path", {}, async (scene) => {
      const module = await scene.open();
      const descriptor = await scene.enter(module, "fd");
      const stranger = await scene.enter(module);
      // Whoever runs as the same user can read the identity in /proc; the token was never there.
      stranger.request(1, "Handshake", module.handshake());
      expect((await stranger.refusal(1)).code).toBe("BAD_TOKEN");
      await stranger.untilEnd();
      expect((await module.turnedAway.nth(1)).reason.error?.code).toBe("BAD_TOKEN");
      expect(module.connections.items).toEqual([]);
      descriptor.request(1, "Handshake", module.handshake());
      await descriptor.answer(1);
      expect(module.connections.items.map(({ door }) => door)).toEqual(["fd"]);
    }),
);

const takenOnlyDoor = rowAt(
  "path",
  DESCRIPTOR_IS_PRIVATE,
  "H14",
  "a foreign process that takes the only door",
  () =>
    playScene("path", {}, async (scene) => {
      const module = await scene.open();
      const stranger = await scene.enter(module);
      stranger.request(1, "Handshake", module.handshake({ token: "0".repeat(64) }));
      expect((await stranger.refusal(1)).code).toBe("BAD_TOKEN");
      expect(await module.exhausted.nth(1)).toContain("token");
      expect(module.connections.items).toEqual([]);
    }),
);

/** Comes with a token that served before and is turned away at the path, which was its one chance. */
async function replay(scene: Scene, module: OpenModule, token: string): Promise<void> {
  const replayer = await scene.enter(module);
  replayer.request(1, "Handshake", module.handshake({ token }));
  expect((await replayer.refusal(1)).code).toBe("BAD_TOKEN");
  await replayer.untilEnd();
  expect(module.turnedAway.items.at(-1)?.reason.error?.code).toBe("BAD_TOKEN");
}

const replayedToken = rowAt("path", DESCRIPTOR_HAS_NO_TOKEN, "H15", "a token that was used", () =>
  playScene("path", {}, async (scene) => {
    const module = await scene.open();
    const { token } = module.endpoint;
    const client = await scene.connect(module);
    client.socket.destroy();
    await module.closed.nth(1);
    await replay(scene, module, token);
    expect(module.connections.items).toHaveLength(1);
  }),
);

const replayedResumeToken = rowAt(
  "path",
  DESCRIPTOR_HAS_NO_TOKEN,
  "H15",
  "a resume token that was used",
  () =>
    playScene("path", {}, async (scene) => {
      const module = await scene.open();
      const first = await scene.connect(module);
      const { resume_token: resumeToken } = module.connections.items[0]?.ack ?? {};
      first.socket.destroy();
      await module.closed.nth(1);
      const second = await scene.greet(module, { token: resumeToken });
      second.socket.destroy();
      await module.closed.nth(2);
      await replay(scene, module, resumeToken ?? "");
      expect(module.connections.items).toHaveLength(2);
    }),
);

const claimedCapabilities = row("H22", "a handshake that claims permissions", (door) =>
  playScene(door, {}, async (scene) => {
    const module = await scene.open({ capabilities: ["subscribe_events"] });
    const wanted = ["discover_modules", "publish_events", "read_chain_state"];
    const client = await scene.connect(module, { capabilities: wanted, permissions: wanted });
    const seqBefore = scene.host.bus.lastSeq;
    for (const [id, type] of [
      [3, "DiscoverModules"],
      [4, "GetChainTip"],
      [5, "PublishEvent"],
    ] as const) {
      client.request(id, type, { event_type: "PaymentSettled", payload: exampleEvent("PaymentSettled") });
      expect((await client.refusal(id)).code).toBe("PERMISSION_DENIED");
    }
    expect(scene.host.bus.lastSeq).toBe(seqBefore);
    expect(module.closed.items).toEqual([]);
  }),
);

const subscribedTwice = row("H23", "the same subscription three times", (door) =>
  playScene(door, {}, async (scene) => {
    const module = await scene.open();
    const client = await scene.connect(module);
    const types = { event_types: ["NewBlock", "NewBlock"] };
    for (const id of [3, 4]) client.request(id, "SubscribeEvents", types);
    await client.answer(4);
    const seq = scene.host.bus.publish("NewBlock", exampleEvent("NewBlock"));
    client.send(7, seq - 1);
    client.request(5, "GetChainTip");
    const before = [await client.next(), await client.next()];
    expect(before.map(([kind, about]) => [kind, about])).toEqual([
      [2, seq],
      [1, 5],
    ]);
    expect(scene.host.bus.books.getDeliveryStats("hostile")).toMatchObject({ matched: 2, in_flight: 1 });
    expect(client.refusals).toEqual([]);
  }),
);

/** Attacks on the way in, and on what is granted there. */
export const doorRows: readonly HostileRow[] = [
  killedInAFrame,
  storm,
  takenPath,
  takenOnlyDoor,
  replayedToken,
  replayedResumeToken,
  claimedCapabilities,
  subscribedTwice,
];
