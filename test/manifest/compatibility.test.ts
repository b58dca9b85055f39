import { describe, expect, it } from "vitest";
import { compatibilityProblems, parseManifest } from "../../src/manifest/index.js";

const node = { nodeVersion: "1.2.0", protocolVersion: "1.0.0", consensusVersion: "0.9.0" };

function judge(rest: string, allowsUntested = false) {
  const manifest = parseManifest(`name = "a"\nversion = "1.0"\n${rest}`, "module.toml");
  return compatibilityProblems(manifest, node, { allowUntested: allowsUntested });
}

describe("compatibilityProblems", () => {
  it.each([
    "",
    '[compatibility]\nmin_node_version = "1.2"\nmin_protocol_version = "1.0.0-rc.1"\nmin_consensus_version = "0.9.0+b"',
    '[dependencies]\nblvm-node = "^1.0"\nother = ">=9"',
    '[compatibility]\ntested_with = ["0.9.0", "1.2.x"]',
    "[compatibility]\ntested_with = []",
  ])("finds nothing against %j", (rest) => {
    expect(judge(rest)).toEqual({ error: undefined, warnings: [] });
  });

  it("names every reason at once", () => {
    const { error } = judge(`[compatibility]
min_node_version = "1.2.1"
min_protocol_version = "2.0"
min_consensus_version = "0.10.0"
[dependencies]
blvm-node = ">=1.3,<2"`);
    expect(error?.code).toBe("NODE_INCOMPATIBLE");
    expect(error?.details).toEqual({
      module: "a",
      problems: [
        "min_node_version is 1.2.1, the node has 1.2.0",
        "min_protocol_version is 2.0, the node has 1.0.0",
        "min_consensus_version is 0.10.0, the node has 0.9.0",
        "the dependency blvm-node is >=1.3,<2, the node has 1.2.0",
      ],
    });
  });

  it("takes a node's release candidate for older than the release", () => {
    const manifest = parseManifest(
      'name = "a"\nversion = "1.0"\n[compatibility]\nmin_node_version = "1.2.0"',
      "module.toml",
    );
    const candidate = { ...node, nodeVersion: "1.2.0-rc.1" };
    expect(compatibilityProblems(manifest, candidate).error).toMatchObject({ code: "NODE_INCOMPATIBLE" });
  });

  it("refuses a node that the author did not test with, and only warns where that is allowed", () => {
    const tested = '[compatibility]\ntested_with = ["1.0.0", "1.1.x"]';
    const text = "tested_with is 1.0.0, 1.1.x, the node has 1.2.0";
    const problems = [`${text} (modules.allow_untested lets it run)`];
    expect(judge(tested)).toMatchObject({ error: { code: "NODE_INCOMPATIBLE", details: { problems } } });
    expect(judge(tested, true)).toEqual({ error: undefined, warnings: [text] });
  });

  it("warns of an unfit node under the optional dependencies", () => {
    expect(judge('[optional_dependencies]\nblvm-node = "^2"')).toEqual({
      error: undefined,
      warnings: ["the optional dependency blvm-node is ^2, the node has 1.2.0"],
    });
  });
});
