import { describe, expect, it } from "vitest";
import { eventDefinition, eventTypes, exampleEvent, parsePayload } from "../../src/events/index.js";

describe("exampleEvent", () => {
  it.each(eventTypes)("gives a valid payload of %s with every field", (type) => {
    const payload = exampleEvent(type);
    expect(parsePayload(type, payload)).toEqual({ ok: true, payload });
    expect(Object.keys(payload)).toEqual(eventDefinition(type).fields.map(({ name }) => name));
  });

  it("gives the same values in a new object at every call", () => {
    for (const type of eventTypes) {
      expect(exampleEvent(type)).toEqual(exampleEvent(type));
      expect(exampleEvent(type)).not.toBe(exampleEvent(type));
    }
    const { packet_data } = exampleEvent("MeshPacketReceived");
    packet_data.fill(0);
    expect(exampleEvent("MeshPacketReceived").packet_data).not.toEqual(packet_data);
  });
});
