import { describe, expect, it } from "vitest";
import { methods } from "../../src/node-api/index.js";
import { catchError } from "../kit/catch-error.js";

describe("SubscribeEvents", () => {
  it.each(["filters", "after_seq", "after_height", "cursor"])(
    "refuses %s, whose feature no handshake grants",
    (field) => {
      const method = methods.get("SubscribeEvents");
      const input = method?.input.parse({ event_types: ["NewBlock"], [field]: 1 });
      const refused = catchError(() => method?.run({ input } as never, () => expect.unreachable()));
      expect(refused).toMatchObject({ code: "INVALID_PARAMS", details: { field } });
    },
  );

  it("takes nil for a feature's field as absent", () => {
    const method = methods.get("SubscribeEvents");
    const input = method?.input.parse({ event_types: [], filters: null });
    let accepted = 0;
    const caller = { subscribe: () => accepted++ };
    method?.run({ input, caller } as never, () => {});
    expect(accepted).toBe(1);
  });
});
