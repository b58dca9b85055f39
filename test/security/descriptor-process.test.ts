import { describe, expect, it } from "vitest";
import { exampleEvent } from "../../src/events/index.js";
import { frame, pack } from "../kit/ipc-bytes.js";
import { eventually } from "../kit/ipc-deadline.js";
import { RELAY_SCRIPT, startDescriptorProcess } from "../kit/ipc-descriptor-process.js";
import { startIpcHost } from "../kit/ipc-host.js";

const line = (...message: readonly unknown[]) => `${Buffer.from(frame(pack(message))).toString("hex")}\n`;

describe("a process on descriptor 3", () => {
  it("shakes hands through an inherited socketpair and gets its events", async () => {
    await using host = await startIpcHost();
    const module = await host.open("relayed");
    await using relay = startDescriptorProcess(RELAY_SCRIPT);
    module.endpoint.adopt(relay.channel, () => false);
    relay.tell(line(0, 1, "Handshake", module.handshake()));
    expect((await module.connections.nth(1)).door).toBe("fd");
    relay.tell(line(0, 2, "SubscribeEvents", { event_types: ["NewBlock"] }));
    await eventually("it is subscribed", () => host.bus.getSubscribers("NewBlock").length === 1);
    const seq = host.bus.publish("NewBlock", exampleEvent("NewBlock"));
    relay.tell(line(7, seq));
    await eventually(
      "its acknowledgement",
      () => host.bus.books.getDeliveryStats("relayed")?.delivered === 1,
    );
    expect(host.bus.books.getDeliveryStats("relayed")).toMatchObject({ matched: 1, in_flight: 0 });
  });
});
