import { describe, expect, it } from "vitest";
import { type EventType, eventDefinition, eventTypes, exampleEvent } from "../../src/events/index.js";
import { expectThreeParts } from "../kit/ipc-three-parts.js";
import { type Asking, ask, refusalOf } from "./start-api.js";

const subscriber: Asking = { capabilities: ["subscribe_events"] };
const publisher: Asking = { capabilities: ["publish_events"] };
const settled = { payment_id: "p", tx_hash: "ab".repeat(32), confirmations: 1 };

const subscribe = (event_types: unknown) => ask("SubscribeEvents", { event_types }, subscriber);
const publish = (event_type: string, payload: unknown) =>
  ask("PublishEvent", { event_type, payload }, publisher);

describe("SubscribeEvents", () => {
  it("answers nil and subscribes to all types that it names", () => {
    expect(subscribe(["NewBlock", "ChainReorg"])).toMatchObject({
      answers: [null],
      effects: ["subscribe NewBlock ChainReorg"],
    });
  });

  it("takes an empty list: it says that the module is ready", () => {
    expect(subscribe([])).toMatchObject({ answers: [null], effects: ["subscribe "] });
  });

  it("takes every type of the catalogue at once", () => {
    expect(subscribe(eventTypes).answers).toEqual([null]);
  });

  it("subscribes to nothing when one name is unknown, and names the nearest", () => {
    const refusal = refusalOf(subscribe(["NewBlock", "NewBlok", "ChainReorg"]));
    expect(refusal).toMatchObject({
      code: "UNKNOWN_EVENT_TYPE",
      details: { type: "NewBlok", nearest: "NewBlock" },
    });
    expectThreeParts(refusal.message);
  });

  it("refuses names of object properties and repeats little of very long ones", () => {
    for (const name of ["", "toString", "__proto__", "newblock", "N".repeat(1_000_000)]) {
      const refusal = refusalOf(subscribe([name]));
      expect(refusal.code).toBe("UNKNOWN_EVENT_TYPE");
      expect(refusal.message.length).toBeLessThan(500);
    }
  });

  it("takes a thousand names and refuses ten thousand", () => {
    expect(subscribe(Array.from({ length: 1000 }, () => "NewBlock")).answers).toEqual([null]);
    const refusal = refusalOf(subscribe(Array.from({ length: 10_000 }, () => "NewBlock")));
    expect(refusal).toMatchObject({ code: "LIMIT", details: { found: 10_000, limit: 1000 } });
    expectThreeParts(refusal.message);
  });

  it.each(["StorageFlush", "DataCleanup"])("takes %s for DataMaintenance and warns", (alias) => {
    const served = subscribe([alias, "NewBlock"]);
    expect(served.effects).toEqual(["subscribe DataMaintenance NewBlock"]);
    expect(served.warnings).toEqual([{ module: "asking", type: alias, use: "DataMaintenance" }]);
  });

  it("warns of a deprecated name once for each connection", () => {
    const ofOne = { ...subscriber, warnedAliases: new Set<EventType>() };
    const event_types = ["StorageFlush", "StorageFlush"];
    const warnings = [1, 2, 3].map(() => ask("SubscribeEvents", { event_types }, ofOne).warnings.length);
    expect(warnings).toEqual([1, 0, 0]);
  });

  it("warns of no type that is not deprecated", () => {
    expect(subscribe(["DataMaintenance"]).warnings).toEqual([]);
  });
});

describe("UnsubscribeEvents", () => {
  it("answers nil and resolves deprecated names as the subscription did", () => {
    expect(ask("UnsubscribeEvents", { event_types: ["StorageFlush", "NewBlock"] }, subscriber)).toMatchObject(
      {
        answers: [null],
        effects: ["unsubscribe DataMaintenance NewBlock"],
      },
    );
  });

  it("changes nothing when one name is unknown", () => {
    const served = ask("UnsubscribeEvents", { event_types: ["NewBlock", "nope"] }, subscriber);
    expect(refusalOf(served).code).toBe("UNKNOWN_EVENT_TYPE");
  });
});

describe("PublishEvent", () => {
  const ownedBy = (owner: string) => eventTypes.filter((type) => eventDefinition(type).owner === owner);

  it.each(ownedBy("module"))("publishes %s under the module's name", (type) => {
    const served = publish(type, exampleEvent(type));
    expect(served.answers).toEqual([null]);
    expect(served.effects).toHaveLength(1);
    expect(served.effects[0]).toMatch(new RegExp(`^publish ${type} .*module:asking$`));
    expect(served.rejectedPublishes).toEqual([]);
  });

  it("lets no module forge an event that the node owns", () => {
    for (const type of ownedBy("node")) {
      const served = publish(type, exampleEvent(type as EventType));
      const refusal = refusalOf(served);
      expect(refusal.code, type).toBe("PERMISSION_DENIED");
      expect(refusal.message).toContain(type);
      expectThreeParts(refusal.message);
      expect(served.rejectedPublishes).toEqual(["permission"]);
    }
  });

  it("refuses a type that doesn't exist", () => {
    expect(refusalOf(publish("PaymentSetled", settled))).toMatchObject({
      code: "UNKNOWN_EVENT_TYPE",
      details: { nearest: "PaymentSettled" },
    });
  });

  it.each([-1, 2 ** 32, 1.5, -0, Number.NaN, Number.POSITIVE_INFINITY, 2n ** 64n])(
    "answers RANGE_ERROR naming the field for %s in an integer field",
    (confirmations) => {
      const served = publish("PaymentSettled", { ...settled, confirmations });
      const refusal = refusalOf(served);
      expect(refusal).toMatchObject({ code: "RANGE_ERROR", details: { field: "payload.confirmations" } });
      expectThreeParts(refusal.message);
      expect(served.rejectedPublishes).toEqual(["schema"]);
    },
  );

  it.each([
    ["a missing field", { payment_id: "p", tx_hash: "ab".repeat(32) }, "payload.confirmations"],
    ["a text for a number", { ...settled, confirmations: "1" }, "payload.confirmations"],
    ["a hash in capitals", { ...settled, tx_hash: "AB".repeat(32) }, "payload.tx_hash"],
    ["a hash that is too short", { ...settled, tx_hash: "ab" }, "payload.tx_hash"],
    ["a lone surrogate", { ...settled, payment_id: "\ud800" }, "payload.payment_id"],
    ["a list", [settled], "payload"],
    ["nothing", undefined, "payload"],
  ])("answers INVALID_PARAMS naming the field for %s", (_what, payload, field) => {
    const refusal = refusalOf(publish("PaymentSettled", payload));
    expect(refusal).toMatchObject({ code: "INVALID_PARAMS", details: { field } });
    expectThreeParts(refusal.message);
  });

  it("drops keys that the type doesn't have and optional fields that are nil", () => {
    const created = { payment_id: "p", amount_sats: 5, invoice: null, injected: true };
    expect(publish("PaymentRequestCreated", created).effects).toEqual([
      'publish PaymentRequestCreated {"payment_id":"p","amount_sats":5} module:asking',
    ]);
  });
});
