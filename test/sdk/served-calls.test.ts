import { describe, expect, it } from "vitest";
import { z } from "zod";
import { EngineError } from "../../src/errors.js";
import { CallScopes } from "../../src/sdk/call-scopes.js";
import { createModuleLog } from "../../src/sdk/module-log.js";
import { ServedCalls } from "../../src/sdk/served-calls.js";
import { virtualClock } from "../kit/ipc-virtual-clock.js";

function setUp(refusal: (methods: readonly string[]) => string | undefined) {
  const told: (readonly string[])[] = [];
  const calls = new ServedCalls({
    scopes: new CallScopes(virtualClock().scheduler),
    register: async (methods) => {
      told.push(methods);
      const code = refusal(methods);
      if (code !== undefined) throw new EngineError(code, "no", undefined);
    },
    log: createModuleLog(() => true),
  });
  const offer = (method: string) => calls.add(method, z.unknown(), () => null);
  return { calls, told, offer };
}

describe("the methods that a module offers", () => {
  it("are offered without those that the host refused before", async () => {
    const { told, offer } = setUp((methods) => (methods.includes("b d") ? "INVALID_PARAMS" : undefined));
    await offer("first");
    await expect(offer("b d")).rejects.toMatchObject({ code: "INVALID_PARAMS" });
    await offer("last");
    expect(told).toEqual([["first"], ["first", "b d"], ["first", "last"]]);
  });

  it("are offered on the next connection without those that it refuses", async () => {
    let isLost = false;
    const { calls, told, offer } = setUp((methods) => {
      if (isLost) return "CONNECTION_CLOSED";
      return methods.includes("b d") ? "INVALID_PARAMS" : undefined;
    });
    await offer("first");
    isLost = true;
    await expect(offer("b d")).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
    isLost = false;
    await calls.renew({ scheduler: virtualClock().scheduler, isStale: () => false });
    expect(told.slice(2)).toEqual([["first", "b d"], ["first"]]);
  });
});
