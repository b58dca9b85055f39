import { describe, expect, it } from "vitest";
import type { EventFilter } from "../../src/bus/index.js";
import {
  type AnyEvent,
  type EventType,
  eventTypes,
  exampleEvent,
  resolveAlias,
} from "../../src/events/index.js";
import type { CallerFilters } from "../../src/node-api/dependencies.js";
import { FILTER_LIMIT_STEPS, MAX_FILTERS } from "../../src/node-api/event-filters.js";
import { openFilterAllowances } from "../../src/node-api/filter-allowance.js";
import { bareDependencies, createNodeApi } from "../../src/node-api/index.js";
import { expectThreeParts } from "../kit/ipc-three-parts.js";
import { type Asking, ask, refusalOf } from "./start-api.js";

/** One connection, over several requests. */
class Connection {
  readonly filters: CallerFilters = { isGranted: true, subscribed: new Map() };
  readonly given = new Map<EventType, EventFilter>();
  readonly #api = createNodeApi(bareDependencies({ publish: () => 1 }));

  subscribe(event_types: readonly string[], filters?: unknown) {
    return ask("SubscribeEvents", { event_types, filters }, this.#asking());
  }

  unsubscribe(event_types: readonly string[]) {
    return ask("UnsubscribeEvents", { event_types }, this.#asking());
  }

  #asking(): Asking {
    return {
      api: this.#api,
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

const MAX_TURN_MS = 50;
const liveTypes = eventTypes.filter((type) => resolveAlias(type) === type);

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
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

const transaction50 = transaction(50.5);

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
          caller: { filters: { isGranted: false, subscribed: new Map() } },
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

  it(`are ${MAX_FILTERS} at most in one request`, () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`T${index}`, "true"]));
    expect(refusalOf(new Connection().subscribe([], many))).toMatchObject({
      code: "LIMIT",
      details: { limit: MAX_FILTERS },
    });
  });

  it("may be given to every type of the catalogue at once", () => {
    const connection = new Connection();
    const filters = Object.fromEntries(liveTypes.map((type) => [type, "true"]));
    expect(connection.subscribe(liveTypes, filters).answers).toEqual([null]);
    expect(connection.given.size).toBe(liveTypes.length);
  });

  const pattern = (letters: string) => `regex(event.type, "(${letters}\\\\pL{1,12}x?){1,12}")`;
  const heavy = ["a", "b", "c", "d"].map(pattern).join(" && ");

  it.each([
    ["one request", liveTypes.length],
    ["many requests", 1],
  ])("that take long to compile never hold the host up for long, in %s", (_what, perRequest) => {
    let leastMs = Number.POSITIVE_INFINITY;
    for (let turn = 0; turn < 5 && leastMs >= MAX_TURN_MS; turn++) {
      const connection = new Connection();
      const codes = new Set<string>();
      const startMs = cpuMs();
      for (let index = 0; index < liveTypes.length; index += perRequest) {
        const types = liveTypes.slice(index, index + perRequest);
        const outcome = connection.subscribe(types, Object.fromEntries(types.map((type) => [type, heavy])));
        for (const { code } of outcome.refusals) codes.add(code);
      }
      leastMs = Math.min(leastMs, cpuMs() - startMs);
      expect([...codes]).toEqual(["FILTERS_TOO_COSTLY"]);
    }
    expect(leastMs).toBeLessThan(MAX_TURN_MS);
  });

  it("that are refused never hold the host up for long either", () => {
    let leastMs = Number.POSITIVE_INFINITY;
    const tooLarge = 'regex(event.type, "(\\\\pL{1,30}x?){1,30}")';
    for (let turn = 0; turn < 5 && leastMs >= MAX_TURN_MS; turn++) {
      const connection = new Connection();
      const startMs = cpuMs();
      const codes = Array.from(
        { length: 50 },
        () => refusalOf(connection.subscribe(["NewBlock"], { NewBlock: tooLarge })).code,
      );
      leastMs = Math.min(leastMs, cpuMs() - startMs);
      expect(new Set(codes)).toEqual(new Set(["FILTER_INVALID", "FILTERS_TOO_COSTLY"]));
    }
    expect(leastMs).toBeLessThan(MAX_TURN_MS);
  });

  it("that were given one by one fit into the one request after a reconnect", () => {
    let nowMs = 0;
    const connection = new Connection();
    connection.filters.allowances = openFilterAllowances(() => nowMs);
    const kept: Record<string, string> = {};
    for (const type of liveTypes) {
      nowMs += 60_000;
      const filter = `event.type != "${"a".repeat(2000)}"`;
      if (connection.subscribe([type], { [type]: filter }).answers.length > 0) kept[type] = filter;
    }
    expect(Object.keys(kept).length).toBeGreaterThan(10);
    expect(new Connection().subscribe(Object.keys(kept), kept).answers).toEqual([null]);
  });

  it("may change for as long as the connection lives, a few at a time", () => {
    let nowMs = 0;
    const connection = new Connection();
    connection.filters.allowances = openFilterAllowances(() => nowMs);
    const answers: unknown[] = [];
    for (let turn = 0; turn < 400; turn++) {
      nowMs += 1000;
      answers.push(...connection.subscribe(["NewBlock"], { NewBlock: `event.seq > ${turn}.0` }).answers);
      connection.unsubscribe(["NewBlock"]);
    }
    expect(answers.length).toBe(400);
  });

  it("share their time: events that follow each other at once never hold the host up for long", () => {
    let nowMs = 0;
    const connection = new Connection();
    connection.filters.allowances = openFilterAllowances(() => nowMs);
    const long =
      'event.payload.tx_hash.split("").all(a, event.payload.tx_hash.substring(0, 16).split("").all(b, a != "" && b != ""))';
    connection.subscribe(["MempoolTransactionAdded"], { MempoolTransactionAdded: long });
    const filter = connection.given.get("MempoolTransactionAdded");
    const passed = () => {
      let count = 0;
      const failures = new Set<string>();
      for (let turn = 0; turn < 5000; turn++)
        try {
          if (filter?.(transaction50) === true) count++;
        } catch (error) {
          failures.add(String(error));
        }
      expect(String([...failures])).toContain("take too long together");
      return count;
    };
    const startMs = cpuMs();
    const first = passed();
    expect(cpuMs() - startMs).toBeLessThan(2 * MAX_TURN_MS);
    expect(first).toBeGreaterThan(10);
    expect(first).toBeLessThan(100);
    expect(passed()).toBe(0);
    nowMs += 1000;
    expect(passed()).toBe(first);
  });

  it("that are cheap are never short of time", () => {
    const connection = new Connection();
    connection.filters.allowances = openFilterAllowances(() => 0);
    connection.subscribe(["MempoolTransactionAdded"], { MempoolTransactionAdded: isFast });
    const filter = connection.given.get("MempoolTransactionAdded");
    for (let turn = 0; turn < 500_000; turn++) if (filter?.(transaction50) !== true) throw new Error("lost");
  });
});
