import { describe, expectTypeOf, it } from "vitest";
import type { EventEnvelope, EventPayload, ModuleIntegration } from "../../src/sdk/index.js";

/** Only looked at by the type checker. */
function typeCheck(check: (module: ModuleIntegration) => unknown): void {
  expectTypeOf(check).toBeFunction();
}

describe("the types of ModuleIntegration", () => {
  it("give a handler the payload of its event", () => {
    typeCheck((module) =>
      module.on("NewBlock", async (event) => {
        expectTypeOf(event).toEqualTypeOf<EventEnvelope<"NewBlock">>();
        expectTypeOf(event.payload.height).toEqualTypeOf<number>();
        expectTypeOf(event.type).toEqualTypeOf<"NewBlock">();
        // @ts-expect-error: a block has no such field
        event.payload.difficulty;
      }),
    );
  });

  it("refuse an event that isn't in the catalogue", () => {
    // @ts-expect-error: no such event
    typeCheck((module) => module.on("NewBlok", () => {}));
    // @ts-expect-error: no such event
    typeCheck((module) => module.subscribeEvents(["NewBlok"]));
    // @ts-expect-error: no such event
    typeCheck((module) => module.subscribeEvents({ NewBlok: true }));
    // @ts-expect-error: a filter is an expression
    typeCheck((module) => module.subscribeEvents({ NewBlock: 5 }));
    typeCheck((module) =>
      module.subscribeEvents({ NewBlock: "event.payload.height > 5.0", ChainReorg: true }),
    );
  });

  it("give a subscriber of several types one of their events", () => {
    typeCheck((module) =>
      module.events$("NewBlock", "ModuleLoaded").subscribe((event) => {
        expectTypeOf(event.type).toEqualTypeOf<"NewBlock" | "ModuleLoaded">();
      }),
    );
  });

  it("ask for the whole payload at publish", () => {
    typeCheck((module) => {
      expectTypeOf(module.publishEvent<"WebhookSent">)
        .parameter(1)
        .toEqualTypeOf<EventPayload<"WebhookSent">>();
      // @ts-expect-error: fields are missing
      return module.publishEvent("WebhookSent", {});
    });
  });

  it("tell events and gaps of an iteration apart", () => {
    typeCheck(async (module) => {
      for await (const delivery of module.deliveries()) {
        if (delivery.kind === "gap") expectTypeOf(delivery.gap.count).toEqualTypeOf<number>();
        else expectTypeOf(delivery.event.seq).toEqualTypeOf<number>();
      }
    });
    expectTypeOf<ModuleIntegration>().toExtend<AsyncDisposable>();
  });
});
