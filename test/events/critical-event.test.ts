import { describe, expect, it } from "vitest";
import { eventDefinition, eventTypes, exampleEvent, isCritical } from "../../src/events/index.js";

describe("isCritical", () => {
  it("is true whatever the payload for the six types that are always critical", () => {
    const always = eventTypes.filter((type) => eventDefinition(type).critical === "always");
    expect([...always].sort()).toEqual([
      "BlockDisconnected",
      "ChainReorg",
      "ConfigLoaded",
      "ModuleCrashed",
      "ModuleUnloaded",
      "NodeShutdown",
    ]);
    for (const type of always) expect(isCritical(type, exampleEvent(type)), type).toBe(true);
  });

  it.each([
    ["low", false],
    ["medium", false],
    ["high", true],
  ] as const)("judges DataMaintenance with urgency %s as %s", (urgency, expected) => {
    expect(isCritical("DataMaintenance", { operation: "flush", urgency, reason: "manual" })).toBe(expected);
  });

  it("is false for every other type", () => {
    const others = eventTypes.filter((type) => eventDefinition(type).critical === "never");
    expect(others).toHaveLength(118);
    for (const type of others) expect(isCritical(type, exampleEvent(type)), type).toBe(false);
  });
});
