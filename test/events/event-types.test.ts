import { describe, expectTypeOf, it } from "vitest";
import {
  type AnyEvent,
  type EventEnvelope,
  type EventPayload,
  type EventSource,
  type EventType,
  eventDefinition,
  isEventType,
  type ParsedPayload,
  parsePayload,
} from "../../src/events/index.js";

describe("EventType", () => {
  it("is the union of the catalogue's names", () => {
    expectTypeOf<"NewBlock" | "DataCleanup" | "EconomicNodeVeto">().toExtend<EventType>();
    // @ts-expect-error no such event
    const wrong: EventType = "NewBlok";
    expectTypeOf(wrong).toEqualTypeOf<EventType>();
  });

  it("narrows a string that was checked", () => {
    const name: string = "NewBlock";
    if (isEventType(name)) expectTypeOf(name).toEqualTypeOf<EventType>();
  });
});

describe("EventPayload", () => {
  it("maps each field type to its TypeScript form", () => {
    expectTypeOf<EventPayload<"NewBlock">>().toEqualTypeOf<{
      readonly block_hash: string;
      readonly height: number;
    }>();
    expectTypeOf<EventPayload<"PeerConnected">>().toEqualTypeOf<{
      readonly peer_addr: string;
      readonly transport_type: "tcp" | "quinn" | "iroh" | "mesh";
      readonly services: bigint;
      readonly version: number;
      readonly peer_node_id?: Uint8Array;
    }>();
    expectTypeOf<EventPayload<"ConfigLoaded">["changed_sections"]>().toEqualTypeOf<readonly string[]>();
    expectTypeOf<EventPayload<"WebhookSent">["success"]>().toEqualTypeOf<boolean>();
    expectTypeOf<EventPayload<"NodeShutdown">["reason"]>().toEqualTypeOf<string>();
  });

  it("takes absence but not undefined in an optional field", () => {
    expectTypeOf<{ operation: "flush"; urgency: "high"; reason: string }>().toExtend<
      EventPayload<"DataMaintenance">
    >();
    // @ts-expect-error an optional field is left out, not set to undefined
    const wrong: EventPayload<"DataCleanup"> = { target_age_days: undefined };
    expectTypeOf(wrong).toEqualTypeOf<EventPayload<"DataCleanup">>();
  });
});

describe("AnyEvent", () => {
  it("narrows the payload by the type", () => {
    const heightOf = (event: AnyEvent): number | undefined => {
      switch (event.type) {
        case "NewBlock":
          expectTypeOf(event).toEqualTypeOf<EventEnvelope<"NewBlock">>();
          return event.payload.height;
        case "ChainReorg":
          expectTypeOf(event.payload).toEqualTypeOf<EventPayload<"ChainReorg">>();
          return undefined;
      }
      return undefined;
    };
    expectTypeOf(heightOf).returns.toEqualTypeOf<number | undefined>();
  });

  it("names its source by kind", () => {
    expectTypeOf<"node" | "module:mempool-stats" | "stream:fees">().toExtend<EventSource>();
    // @ts-expect-error no such kind of source
    const wrong: EventSource = "plugin:x";
    expectTypeOf(wrong).toEqualTypeOf<EventSource>();
  });
});

describe("parsePayload", () => {
  it("returns the payload of the type that it was asked for", () => {
    expectTypeOf(parsePayload("ChainReorg", {})).toEqualTypeOf<ParsedPayload<"ChainReorg">>();
    expectTypeOf(eventDefinition("ChainReorg").type).toEqualTypeOf<"ChainReorg">();
  });
});
