import { describe, expect, it } from "vitest";
import { exampleEvent } from "../../src/events/index.js";
import { until } from "../kit/host-until.js";
import { expectBalancedBooks } from "../kit/ipc-books.js";
import { frame, pack } from "../kit/ipc-bytes.js";
import { RELAY_SCRIPT, startDescriptorProcess } from "../kit/ipc-descriptor-process.js";
import { type IpcHost, startIpcHost } from "../kit/ipc-host.js";

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const line = (...message: readonly unknown[]) => `${hexOf(frame(pack(message)))}\n`;

/** A process that passed its handshake through the socketpair on its descriptor 3 and reads NewBlock. */
async function startReader(host: IpcHost) {
  const module = await host.open("relayed");
  const relay = startDescriptorProcess(RELAY_SCRIPT);
  module.endpoint.adopt(relay.channel, () => false);
  relay.tell(line(0, 1, "Handshake", module.handshake()));
  await module.connections.nth(1);
  const loaded = new Promise<void>((resolve) => host.bus.events$("ModuleLoaded").subscribe(() => resolve()));
  relay.tell(line(0, 2, "SubscribeEvents", { event_types: ["NewBlock"] }));
  await loaded;
  return { module, relay };
}

describe("a process on descriptor 3", () => {
  it("shakes hands through an inherited socketpair and gets its events", async () => {
    await using host = await startIpcHost();
    const { module, relay } = await startReader(host);
    await using _process = relay;
    expect(module.connections.items[0]?.door).toBe("fd");
    const seq = host.bus.publish("NewBlock", exampleEvent("NewBlock"));
    relay.tell(line(7, seq));
    // A log line behind the acknowledgement shows that the host has read it.
    relay.tell(line(3, "info", "relay", "acknowledged", 1));
    await until("the acknowledgement", () => host.log.messages().includes("acknowledged"));
    expect(host.bus.books.getDeliveryStats("relayed")).toMatchObject({ matched: 1, delivered: 1 });
  });

  it("H04: killed in the middle of a frame loses that frame and nothing else", async () => {
    await using host = await startIpcHost();
    const bystander = await host.open("bystander");
    const other = await bystander.connect();
    const { module, relay } = await startReader(host);
    await using _process = relay;
    host.bus.publish("NewBlock", exampleEvent("NewBlock"));
    const request = frame(pack([0, 3, "GetChainTip", {}]));
    relay.tell(line(3, "info", "relay", "half a frame follows", 1));
    relay.tell(`${hexOf(request.subarray(0, 9))}\n`);
    await until("the first half of the frame", () => host.log.messages().includes("half a frame follows"));
    relay.child.kill("SIGKILL");
    const reason = await module.closed.nth(1);
    expect(reason.error).toBeUndefined();
    await module.exhausted.nth(1);
    expect(host.bus.books.getDeliveryStats("relayed")).toMatchObject({
      matched: 1,
      failed_closed: 1,
      fate_unknown: 1,
    });
    expectBalancedBooks(host.bus);
    other.request(2, "GetChainTip");
    await other.answer(2);
  });

  it("H79: closes it and lives on, and is told to be out of reach at once", async () => {
    await using host = await startIpcHost();
    const { module, relay } = await startReader(host);
    await using _process = relay;
    host.bus.publish("NewBlock", exampleEvent("NewBlock"));
    relay.tell("close\n");
    await module.closed.nth(1);
    await module.exhausted.nth(1);
    expect(relay.child.exitCode).toBeNull();
    expect(host.bus.getSubscribers("NewBlock")).toEqual([]);
    expect(host.bus.books.getDeliveryStats("relayed")).toMatchObject({
      matched: 1,
      failed_closed: 1,
      in_flight: 0,
    });
    expectBalancedBooks(host.bus);
  });
});
