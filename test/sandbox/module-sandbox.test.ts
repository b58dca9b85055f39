import { describe, expect, it } from "vitest";
import { moduleSandbox, withheldGrants } from "../../src/sandbox/index.js";
import { missingLayer, sandboxReport } from "../kit/sandbox-report.js";

const about = { moduleName: "hook", mode: "auto", grants: { network: false, spawn: false } } as const;

describe("moduleSandbox", () => {
  it("is the machine's report without what was tried, for a module without grants", () => {
    const report = sandboxReport({ totals: missingLayer });
    const { layers, ...rest } = moduleSandbox(report, about);
    expect(rest).toEqual({ mode: "auto", grants: { network: false, spawn: false } });
    expect(layers).toEqual(report.layers.map(({ denials: _, ...layer }) => layer));
  });

  it("shows what a grant opens as a layer that holds in part, and the key that closes it", () => {
    const { layers } = moduleSandbox(sandboxReport(), { ...about, grants: { network: true, spawn: true } });
    const partial = layers.filter(({ status }) => status !== "enforced");
    expect(partial.map(({ id, status, reason }) => [id, status, reason])).toEqual([
      ["network", "partial", "network_access is granted"],
      ["kernel", "partial", "spawn_processes is granted"],
    ]);
    expect(partial[0]?.consequence).toContain("loopback");
    expect(partial.map(({ remedy }) => remedy)).toEqual([
      expect.stringContaining("modules.hook.sandbox.allow_network"),
      expect.stringContaining("modules.hook.sandbox.allow_spawn_processes"),
    ]);
  });

  it("keeps the machine's word on a layer that is missing anyway", () => {
    const report = sandboxReport({ network: missingLayer });
    const { layers } = moduleSandbox(report, { ...about, grants: { network: true, spawn: false } });
    expect(layers[3]).toMatchObject({ id: "network", status: "missing", reason: missingLayer.reason });
  });
});

describe("withheldGrants", () => {
  const asked = ["subscribe_events", "network_access", "spawn_processes"];

  it("names what is asked for and not allowed, with the key that would allow it", () => {
    const withheld = withheldGrants({ ...about, grants: { network: true, spawn: false } }, asked);
    expect(withheld).toEqual([
      { capability: "spawn_processes", key: "modules.hook.sandbox.allow_spawn_processes" },
    ]);
    expect(withheldGrants(about, asked).map(({ capability }) => capability)).toEqual(asked.slice(1));
  });

  it("names nothing that wasn't asked for, and nothing where no sandbox keeps it from the module", () => {
    expect(withheldGrants(about, ["subscribe_events"])).toEqual([]);
    expect(withheldGrants({ ...about, mode: "off" }, asked)).toEqual([]);
  });
});
