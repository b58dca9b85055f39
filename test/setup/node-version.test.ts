import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { nodeComplaint } from "../../scripts/setup/node-version.mjs";

describe("nodeComplaint", () => {
  it.each(["20.19.0", "20.20.2", "22.0.0", "24.1.0"])("accepts Node %s", (version) => {
    expect(nodeComplaint(version)).toBeUndefined();
  });

  it.each(["8.17.0", "18.20.4", "20.18.9"])("names what is found and needed for Node %s", (version) => {
    expect(nodeComplaint(version)).toMatch(`this is Node ${version}, blvm-streams needs Node 20.19`);
  });

  it("asks for the same version as package.json", () => {
    const file = fileURLToPath(new URL("../../package.json", import.meta.url));
    const { engines } = JSON.parse(readFileSync(file, "utf8")) as { engines: { node: string } };
    expect(nodeComplaint("0.0.0")).toContain(`Node ${engines.node.replace(">=", "")} or newer`);
  });
});
