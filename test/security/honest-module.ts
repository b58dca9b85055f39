import { expect } from "vitest";
import { type EventType, exampleEvent } from "../../src/events/index.js";
import { eventually } from "../kit/ipc-deadline.js";
import type { IpcHost } from "../kit/ipc-host.js";

/** A module on the same host that minds its own business: it reads, acknowledges and asks while others misbehave. */
export interface HonestModule {
  /** Asserts that it was given every event since it came, in order and once, and that its requests are served. */
  expectUnaffected(): Promise<void>;
}

const TYPES: readonly EventType[] = ["NewBlock", "PaymentSettled"];

export async function startHonestModule(host: IpcHost): Promise<HonestModule> {
  const module = await host.open("honest");
  const client = await module.connect();
  const published: number[] = [];
  const read: number[] = [];
  client.onMessage = ([kind, seq]) => {
    if (kind !== 2) return;
    read.push(seq as number);
    client.send(7, seq);
  };
  client.request(2, "SubscribeEvents", { event_types: TYPES });
  await client.answer(2);
  host.bus.events$(...TYPES).subscribe(({ seq }) => published.push(seq));
  return {
    async expectUnaffected() {
      host.bus.publish("NewBlock", exampleEvent("NewBlock"));
      await eventually("the honest module has every event", () => read.length >= published.length);
      expect(read).toEqual(published);
      // The answer follows the acknowledgements that were sent before the request.
      client.request(3, "GetBlockHeight");
      await client.answer(3);
      expect(module.closed.items).toEqual([]);
      expect(client.refusals).toEqual([]);
      expect(host.bus.books.getDeliveryStats("honest")).toMatchObject({
        matched: published.length,
        delivered: published.length,
        failed: 0,
        channel_full: 0,
        waiting: 0,
        in_flight: 0,
      });
    },
  };
}
