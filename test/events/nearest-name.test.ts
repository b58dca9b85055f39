import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventTypes, nearestName } from "../../src/events/index.js";

describe("nearestName", () => {
  it.each([
    ["NewBlok", "NewBlock"],
    ["newblock", "NewBlock"],
    ["ModuleLoded", "ModuleLoaded"],
    ["MempoolTransactionAded", "MempoolTransactionAdded"],
    ["ChainReorganisation", undefined],
    ["", undefined],
    ["Xyzzy", undefined],
  ])("finds for %j the event type %j", (name, expected) => {
    expect(nearestName(name, eventTypes)).toBe(expected);
  });

  it("never proposes a name that shares nothing with the mistyped one", () => {
    expect(nearestName("ab", ["xy", "z"])).toBeUndefined();
  });

  it("takes the first of several candidates that are equally near", () => {
    expect(nearestName("host", ["hos", "hosts"])).toBe("hos");
  });

  it("finds every name again after one character was lost", () => {
    fc.assert(
      fc.property(fc.constantFrom(...eventTypes), fc.nat(), (type, position) => {
        const cut = position % type.length;
        const mistyped = type.slice(0, cut) + type.slice(cut + 1);
        const found = nearestName(mistyped, [type]);
        expect(found).toBe(type);
      }),
    );
  });

  it("gives up at once on a name of hostile length", () => {
    expect(nearestName("N".repeat(10_000_000), eventTypes)).toBeUndefined();
  });
});
