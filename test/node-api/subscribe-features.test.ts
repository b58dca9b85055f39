import { describe, expect, it } from "vitest";
import { ask, refusalOf } from "./start-api.js";

const subscriber = { capabilities: ["subscribe_events"] } as const;

describe("SubscribeEvents", () => {
  it.each(["after_seq", "after_height", "cursor"])(
    "refuses %s, whose feature no handshake grants",
    (field) => {
      const refusal = refusalOf(
        ask("SubscribeEvents", { event_types: ["NewBlock"], [field]: 1 }, subscriber),
      );
      expect(refusal).toMatchObject({ code: "INVALID_PARAMS", details: { field } });
    },
  );

  it("takes nil for a feature's field as absent", () => {
    expect(ask("SubscribeEvents", { event_types: [], filters: null }, subscriber).effects).toEqual([
      "subscribe ",
    ]);
  });
});
