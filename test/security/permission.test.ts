import { describe, expect, it } from "vitest";
import { type Capability, capabilities } from "../../src/manifest/index.js";
import { permissionProblem } from "../../src/security/index.js";
import { startIpcHost } from "../kit/ipc-host.js";
import { expectThreeParts } from "../kit/ipc-three-parts.js";

const names = capabilities.map(({ name }) => name);

describe("permissionProblem", () => {
  it("allows what is declared and nothing that isn't, for every capability", () => {
    for (const needed of names) {
      expect(permissionProblem("request X", needed, new Set([needed])), needed).toBeUndefined();
      const others = new Set(names.filter((name) => name !== needed));
      expect(permissionProblem("request X", needed, others)?.code, needed).toBe("PERMISSION_DENIED");
    }
  });

  it("names what was asked, what it needs and what the module has", () => {
    const problem = permissionProblem(
      "request SubmitBlock",
      "submit_block",
      new Set<Capability>(["read_utxo"]),
    );
    expect(problem?.details).toMatchObject({
      what: "request SubmitBlock",
      needs: "the capability submit_block",
      declared: ["read_utxo"],
    });
    for (const word of ["SubmitBlock", "submit_block", "read_utxo", "module.toml"]) {
      expect(problem?.message).toContain(word);
    }
    expectThreeParts(problem?.message ?? "");
  });

  it("says so when a module declared nothing at all", () => {
    const problem = permissionProblem("request X", "read_utxo", new Set());
    expect(problem?.message).toContain("no capability");
    expect(problem?.retryable).toBe(false);
  });
});

describe("a module's capabilities", () => {
  it("H22: are those of its manifest, whatever it claims over the connection", async () => {
    await using host = await startIpcHost();
    const module = await host.open("claiming", { capabilities: ["subscribe_events"] });
    const client = await module.connect({ capabilities: names, permissions: names });
    client.request(2, "DiscoverModules", { capabilities: names });
    expect(await client.refusal(2)).toMatchObject({
      code: "PERMISSION_DENIED",
      details: { needs: "the capability discover_modules", declared: ["subscribe_events"] },
    });
    client.request(3, "SubscribeEvents", { event_types: [] });
    await client.answer(3);
  });
});
