import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  type AnyEvent,
  type EventType,
  eventJsonSchema,
  eventTypes,
  exampleEvent,
  toJson,
} from "../../src/events/index.js";
import { arbitraryEvent } from "../kit/arbitrary-event.js";

function exampleEnvelope(type: EventType): AnyEvent {
  return {
    seq: 7,
    type,
    payload: exampleEvent(type),
    timestamp_ms: 1_713_571_767_000,
    source: "node",
  } as AnyEvent;
}

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];

function validator(type: EventType) {
  return z.fromJSONSchema(eventJsonSchema(type) as JsonSchema);
}

describe("toJson", () => {
  it("writes bit sets in decimal and raw data as hex", () => {
    const view = new Uint8Array([9, 0xab, 0x00, 0xff, 9]).subarray(1, 4);
    const event: AnyEvent = {
      seq: 1,
      type: "PeerConnected",
      payload: {
        peer_addr: "203.0.113.7:8333",
        transport_type: "tcp",
        services: 2n ** 64n - 1n,
        version: 70_016,
        peer_node_id: view,
      },
      timestamp_ms: 5,
      source: "module:block-watcher",
    };
    expect(JSON.stringify(toJson(event))).toBe(
      '{"seq":1,"type":"PeerConnected","payload":{"peer_addr":"203.0.113.7:8333","transport_type":"tcp",' +
        '"services":"18446744073709551615","version":70016,"peer_node_id":"ab00ff"},' +
        '"timestamp_ms":5,"source":"module:block-watcher"}',
    );
  });

  it("leaves absent fields absent", () => {
    const event: AnyEvent = { seq: 1, type: "DataCleanup", payload: {}, timestamp_ms: 5, source: "node" };
    expect(toJson(event).payload).toEqual({});
  });

  it("makes of any event what JSON text gives back unchanged", () => {
    fc.assert(
      fc.property(arbitraryEvent(), (event) => {
        const json = toJson(event);
        expect(JSON.parse(JSON.stringify(json))).toEqual(json);
        expect(Object.keys(json.payload)).toEqual(Object.keys(event.payload));
      }),
    );
  });
});

describe("eventJsonSchema", () => {
  it.each(eventTypes)("accepts the JSON form of the example of %s", (type) => {
    const json = toJson(exampleEnvelope(type));
    expect(validator(type).safeParse(json)).toMatchObject({ success: true });
  });

  it("accepts the JSON form of any event", () => {
    const validators = new Map(eventTypes.map((type) => [type, validator(type)]));
    fc.assert(
      fc.property(arbitraryEvent(), (event) => {
        expect(validators.get(event.type)?.safeParse(toJson(event)).success).toBe(true);
      }),
    );
  });

  it("refuses a missing field, another type and a value out of range", () => {
    const json = toJson(exampleEnvelope("PeerConnected"));
    const schema = validator("PeerConnected");
    const { version: _version, ...incomplete } = json.payload;
    expect(schema.safeParse({ ...json, payload: incomplete }).success).toBe(false);
    expect(schema.safeParse({ ...json, type: "NewBlock" }).success).toBe(false);
    expect(schema.safeParse({ ...json, seq: 0 }).success).toBe(false);
    expect(schema.safeParse({ ...json, source: "somebody" }).success).toBe(false);
    expect(schema.safeParse({ ...json, payload: { ...json.payload, version: 2 ** 32 } }).success).toBe(false);
    expect(schema.safeParse({ ...json, payload: { ...json.payload, services: 1033 } }).success).toBe(false);
    expect(schema.safeParse({ ...json, payload: { ...json.payload, peer_node_id: "abc" } }).success).toBe(
      false,
    );
  });

  it("is plain JSON that carries title, description and units", () => {
    for (const type of eventTypes) {
      const schema = eventJsonSchema(type);
      expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
      expect(schema).toMatchObject({ title: type, description: expect.any(String), type: "object" });
    }
    expect(eventJsonSchema("FeeRateChanged")).toMatchObject({
      properties: { payload: { properties: { new_fee_rate: { type: "number", unit: "sat/vB" } } } },
    });
  });

  it("marks the deprecated names", () => {
    const deprecated = eventTypes.filter((type) => eventJsonSchema(type).deprecated === true);
    expect(deprecated).toEqual(["StorageFlush", "DataCleanup"]);
  });
});
