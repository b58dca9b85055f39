import { describe, expect, it } from "vitest";
import type { EventFilter } from "../../src/bus/index.js";
import { type AnyEvent, type EventType, exampleEvent } from "../../src/events/index.js";
import type { CallerFilters } from "../../src/node-api/dependencies.js";
import { FILTER_LIMIT_STEPS, MAX_COMPILED_FILTERS } from "../../src/node-api/event-filters.js";
import { expectThreeParts } from "../kit/ipc-three-parts.js";
import { type Asking, ask, refusalOf } from "./start-api.js";

/** One connection, over several requests. */
class Connection {
  readonly filters: CallerFilters = { isGranted: true, subscribed: new Map(), compiled: 0 };
  readonly given = new Map<EventType, EventFilter>();

  subscribe(event_types: readonly string[], filters?: unknown) {
    return ask("SubscribeEvents", { event_types, filters }, this.#asking());
  }

  unsubscribe(event_types: readonly string[]) {
    return ask("UnsubscribeEvents", { event_types }, this.#asking());
  }

  #asking(): Asking {
    return {
      capabilities: ["subscribe_events"],
      caller: {
        filters: this.filters,
        subscribe: (_types, onAccepted, filters) => {
          onAccepted();
          for (const [type, filter] of filters ?? []) this.given.set(type, filter);
        },
      },
    };
  }
}

const isFast = "event.payload.fee_rate > 50.0";

function transaction(fee_rate: number): AnyEvent {
  return {
    seq: 1,
    type: "MempoolTransactionAdded",
    payload: { ...exampleEvent("MempoolTransactionAdded"), fee_rate },
    timestamp_ms: 0,
    source: "node",
  };
}

describe("The filters of SubscribeEvents", () => {
  it("pass what their expression is true of", () => {
    const connection = new Connection();
    const types = ["MempoolTransactionAdded", "NewBlock"];
    expect(connection.subscribe(types, { MempoolTransactionAdded: isFast }).answers).toEqual([null]);
    const filter = connection.given.get("MempoolTransactionAdded");
    expect([filter?.(transaction(50.5)), filter?.(transaction(50))]).toEqual([true, false]);
    expect(connection.given.has("NewBlock")).toBe(false);
  });

  it("refuse the whole request with type and place when one of them is invalid", () => {
    const connection = new Connection();
    const refusal = refusalOf(
      connection.subscribe(["NewBlock", "MempoolTransactionAdded"], {
        NewBlock: "event.payload.height > 1.0",
        MempoolTransactionAdded: "event.payload.fee_rat > 50.0",
      }),
    );
    expect(refusal).toMatchObject({
      code: "FILTER_INVALID",
      details: { type: "MempoolTransactionAdded", at: 14, hint: "did you mean fee_rate?" },
    });
    expectThreeParts(refusal.message);
    expect([connection.given.size, connection.filters.subscribed.size]).toEqual([0, 0]);
  });

  it.each([
    ["is no condition", { NewBlock: "event.payload.height" }, "FILTER_INVALID"],
    ["is too long", { NewBlock: `"${"a".repeat(5000)}" == ""` }, "FILTER_INVALID"],
    ["is of a type that isn't asked for", { ChainReorg: "true" }, "INVALID_PARAMS"],
    ["is of no type", { NewBlok: "true" }, "UNKNOWN_EVENT_TYPE"],
    ["is no text", { NewBlock: 1 }, "INVALID_PARAMS"],
    ["stands in a list", ["true"], "INVALID_PARAMS"],
    ["stands alone", "true", "INVALID_PARAMS"],
    ["is bytes", Uint8Array.of(1), "INVALID_PARAMS"],
    [
      "is one of two under a name and its alias",
      { DataMaintenance: "true", StorageFlush: "false" },
      "INVALID_PARAMS",
    ],
  ])("are refused when one %s", (_what, filters, code) => {
    const refusal = refusalOf(new Connection().subscribe(["NewBlock", "DataMaintenance"], filters));
    expect(refusal.code).toBe(code);
  });

  it("are refused on a connection that was not granted the feature", () => {
    const refusal = refusalOf(
      ask(
        "SubscribeEvents",
        { event_types: ["NewBlock"], filters: {} },
        {
          capabilities: ["subscribe_events"],
          caller: { filters: { isGranted: false, subscribed: new Map(), compiled: 0 } },
        },
      ),
    );
    expect(refusal).toMatchObject({ code: "INVALID_PARAMS", details: { field: "filters" } });
  });

  it("change nothing when they are repeated or left out, and may change after an unsubscribe", () => {
    const connection = new Connection();
    connection.subscribe(["MempoolTransactionAdded"], { MempoolTransactionAdded: isFast });
    const first = connection.given.get("MempoolTransactionAdded");
    connection.subscribe(["MempoolTransactionAdded"], { MempoolTransactionAdded: isFast });
    expect(connection.subscribe(["MempoolTransactionAdded"]).answers).toEqual([null]);
    expect(connection.given.get("MempoolTransactionAdded")).toBe(first);
    const other = { MempoolTransactionAdded: "event.payload.fee_rate > 60.0" };
    const refusal = refusalOf(connection.subscribe(["MempoolTransactionAdded"], other));
    expect(refusal.message).toContain("unsubscribe first");
    connection.unsubscribe(["MempoolTransactionAdded"]);
    expect(connection.subscribe(["MempoolTransactionAdded"], other).answers).toEqual([null]);
    expect(connection.given.get("MempoolTransactionAdded")?.(transaction(55))).toBe(false);
  });

  it("are not added to a type that is subscribed without one", () => {
    const connection = new Connection();
    connection.subscribe(["NewBlock"]);
    expect(refusalOf(connection.subscribe(["NewBlock"], { NewBlock: "true" })).code).toBe("INVALID_PARAMS");
  });

  it("follow a deprecated name to the type that is meant", () => {
    const connection = new Connection();
    connection.subscribe(["StorageFlush"], { StorageFlush: "true" });
    expect([...connection.given.keys()]).toEqual(["DataMaintenance"]);
  });

  it("end early on an event that is too costly, and throw", () => {
    const connection = new Connection();
    const costly =
      'event.payload.tx_hash.split("").all(a, event.payload.tx_hash.split("").all(b, a + b != "")) && [0, 1, 2, 3].all(i, event.payload.tx_hash.split("").all(a, event.payload.tx_hash.split("").all(b, a + b != "")))';
    connection.subscribe(["MempoolTransactionAdded"], { MempoolTransactionAdded: costly });
    const filter = connection.given.get("MempoolTransactionAdded");
    expect(() => filter?.(transaction(1))).toThrow(`took more than ${FILTER_LIMIT_STEPS} steps`);
  });

  it("fail where they answer what is no bool", () => {
    const connection = new Connection();
    connection.subscribe(["NewBlock"], { NewBlock: "dyn(1)" });
    expect(() => connection.given.get("NewBlock")?.(transaction(1))).toThrow("allowed is a bool");
  });

  it(`are compiled ${MAX_COMPILED_FILTERS} times at most for one connection`, () => {
    const connection = new Connection();
    connection.filters.compiled = MAX_COMPILED_FILTERS - 1;
    expect(connection.subscribe(["NewBlock"], { NewBlock: "true" }).answers).toEqual([null]);
    const refusal = refusalOf(connection.subscribe(["ChainReorg"], { ChainReorg: "true" }));
    expect(refusal).toMatchObject({ code: "LIMIT", details: { limit: MAX_COMPILED_FILTERS } });
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`T${index}`, "true"]));
    expect(refusalOf(connection.subscribe([], many)).code).toBe("LIMIT");
  });
});
