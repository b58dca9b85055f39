import { expect } from "vitest";
import { type EventPayload, exampleEvent } from "../../src/events/index.js";
import { type HostileRow, row } from "./hostile-row.js";
import { playScene } from "./scene.js";

const MIB = 1024 * 1024;

function cycle(): object {
  const looped: { self?: object } = {};
  looped.self = looped;
  return looped;
}

/** Values of `payment_id` that no module can be sent, whatever their type says. */
const poisons: readonly { readonly what: string; readonly value: () => unknown }[] = [
  { what: "a bigint", value: () => 2n ** 70n },
  { what: "a cycle", value: cycle },
  { what: "20 MB of text", value: () => "x".repeat(20 * MIB) },
  { what: "50 MB of text", value: () => "x".repeat(50 * MIB) },
  { what: "a function", value: () => () => {} },
  { what: "an object of a class", value: () => new Date() },
];

/** An event that can't be sent costs its subscribers that event, tells them so, and nothing else. */
export const eventRows: readonly HostileRow[] = poisons.map(({ what, value }) =>
  row("H84", `an event that holds ${what}`, (door) =>
    playScene(door, {}, async (scene) => {
      const { bus, log } = scene.host;
      const module = await scene.open();
      const client = await scene.connect(module);
      client.request(3, "SubscribeEvents", { event_types: ["PaymentFailed"] });
      await client.answer(3);
      const poisoned = { ...exampleEvent("PaymentFailed"), payment_id: value() };
      const lostSeq = bus.publish("PaymentFailed", poisoned as EventPayload<"PaymentFailed">);
      const nextSeq = bus.publish("PaymentFailed", exampleEvent("PaymentFailed"));
      expect(await client.next()).toEqual([6, lostSeq, lostSeq, 1, "serialization"]);
      expect((await client.next()).slice(0, 2)).toEqual([2, nextSeq]);
      expect(bus.getSubscribers("PaymentFailed")).toEqual(["hostile"]);
      client.send(7, nextSeq);
      client.request(4, "GetChainTip");
      await client.answer(4);
      expect(bus.books.getDeliveryStats("hostile")?.by_type.PaymentFailed).toMatchObject({
        matched: 2,
        delivered: 1,
        failed_serialization: 1,
        in_flight: 0,
      });
      const warnings = log.lines.filter(({ fields }) => fields.seq === lostSeq);
      expect(warnings.map(({ level }) => level)).toEqual(["warn"]);
      expect(client.refusals).toEqual([]);
      expect(module.closed.items).toEqual([]);
    }),
  ),
);
