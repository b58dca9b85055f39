import { describe, expect, it } from "vitest";
import { type Capability, capabilities, defaultCapabilities } from "../../src/manifest/index.js";
import { methods } from "../../src/node-api/index.js";
import { expectThreeParts } from "../kit/ipc-three-parts.js";
import { ask, refusalOf } from "./start-api.js";

/** The permissions of the protocol's reference, written down a second time: the table must not drift from it. */
const REQUIRED: Readonly<Record<string, Capability>> = {
  GetChainTip: "read_chain_state",
  GetBlockHeight: "read_chain_state",
  GetChainInfo: "read_chain_state",
  DiscoverModules: "discover_modules",
  SubscribeEvents: "subscribe_events",
  UnsubscribeEvents: "subscribe_events",
  PublishEvent: "publish_events",
};

/** A payload that is right for each request, so that only the permission can refuse it. */
const PAYLOADS: Readonly<Record<string, unknown>> = {
  SubscribeEvents: { event_types: ["NewBlock"] },
  UnsubscribeEvents: { event_types: ["NewBlock"] },
  PublishEvent: {
    event_type: "PaymentSettled",
    payload: { payment_id: "p", tx_hash: "ab".repeat(32), confirmations: 1 },
  },
};

const requests = Object.keys(REQUIRED);
const everything = capabilities.map(({ name }) => name);

function request(type: string, granted: readonly Capability[]) {
  return ask(type, PAYLOADS[type] ?? {}, { capabilities: granted });
}

describe("the permission of each request", () => {
  it("is the one of the protocol's reference", () => {
    expect(Object.fromEntries([...methods].map(([type, { permission }]) => [type, permission]))).toEqual(
      REQUIRED,
    );
  });

  it.each(requests)("%s is refused without any capability and does nothing", (type) => {
    const served = request(type, []);
    const refusal = refusalOf(served);
    expect(refusal).toMatchObject({ code: "PERMISSION_DENIED", retryable: false });
    expect(refusal.message).toContain(REQUIRED[type]);
    expectThreeParts(refusal.message);
  });

  it.each(requests)("%s is served with its own capability and with no other", (type) => {
    for (const granted of everything) {
      const served = request(type, [granted]);
      if (granted === REQUIRED[type]) {
        expect(served, granted).toMatchObject({ refusals: [], thrown: undefined });
        expect(served.answers, granted).toHaveLength(1);
      } else expect(refusalOf(served).code, granted).toBe("PERMISSION_DENIED");
    }
  });

  it.each(requests)("%s is refused with every capability but its own", (type) => {
    const others = everything.filter((name) => name !== REQUIRED[type]);
    expect(refusalOf(request(type, others)).details).toMatchObject({ declared: others });
  });

  it("is checked before the parameters are looked at", () => {
    const wrong = { event_types: 5, event_type: {}, payload: null };
    for (const type of requests) {
      const needsParameters = PAYLOADS[type] !== undefined;
      const granted = ask(type, wrong, { capabilities: everything });
      if (needsParameters) expect(refusalOf(granted).code).toBe("INVALID_PARAMS");
      expect(refusalOf(ask(type, wrong, { capabilities: [] })).code).toBe("PERMISSION_DENIED");
    }
  });

  it("lets a module with the defaults read and subscribe, and not publish", () => {
    const allowed = requests.filter((type) => request(type, defaultCapabilities).answers.length === 1);
    expect(allowed.toSorted()).toEqual(
      ["GetBlockHeight", "GetChainInfo", "GetChainTip", "SubscribeEvents", "UnsubscribeEvents"].toSorted(),
    );
  });

  it("counts a publish that was denied", () => {
    expect(request("PublishEvent", []).rejectedPublishes).toEqual(["permission"]);
    expect(request("GetChainTip", []).rejectedPublishes).toEqual([]);
  });
});
