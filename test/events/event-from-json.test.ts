import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AnyEvent,
  eventFromJson,
  eventTypes,
  exampleEvent,
  type JsonEvent,
  toJson,
} from "../../src/events/index.js";
import { arbitraryEvent } from "../kit/arbitrary-event.js";

const through = (event: AnyEvent) => eventFromJson(JSON.parse(JSON.stringify(toJson(event))) as JsonEvent);

describe("eventFromJson", () => {
  it("brings an event of every type back exactly", () => {
    for (const type of eventTypes) {
      const event = {
        seq: 1,
        type,
        payload: exampleEvent(type),
        timestamp_ms: 2,
        source: "node",
      } as AnyEvent;
      expect(through(event)).toEqual(event);
    }
  });

  it("brings any event back exactly", () => {
    const property = fc.property(arbitraryEvent(), (event) => {
      expect(through(event)).toEqual(event);
    });
    fc.assert(property, { numRuns: 200 });
  });

  it("says what is wrong with what is no event", () => {
    const event = toJson({
      seq: 1,
      type: "NewBlock",
      payload: exampleEvent("NewBlock"),
      timestamp_ms: 2,
      source: "node",
    });
    const wrong = [
      { ...event, type: "NewBlok" },
      { ...event, seq: -1 },
      { ...event, timestamp_ms: "2" },
      { ...event, source: "module:" },
      { ...event, payload: null },
      { ...event, payload: { height: 1 } },
    ] as unknown as JsonEvent[];
    for (const each of wrong) expect(eventFromJson(each), JSON.stringify(each)).toBeTypeOf("string");
  });
});
