import { describe, expect, it } from "vitest";
import { cliErrors } from "../../src/cli/errors.js";
import { eventTypes, publishedWhen } from "../../src/events/index.js";
import { runCommand } from "./run-in-process.js";

describe("events list", () => {
  it("lists the whole catalogue as a table and as JSON", async () => {
    const table = await runCommand(["events", "list"]);
    expect(table.stdout.trimEnd().split("\n")).toHaveLength(eventTypes.length + 1);
    const json = await runCommand(["events", "list", "--json"]);
    const rows: { type: string; owner: string }[] = JSON.parse(json.stdout);
    expect(rows.map(({ type }) => type)).toEqual(eventTypes);
    expect(rows.find(({ type }) => type === "StorageFlush")).toMatchObject({ alias_of: "DataMaintenance" });
  });
});

describe("events show", () => {
  it("shows an event's description and fields", async () => {
    const { code, stdout } = await runCommand(["events", "show", "DataMaintenance"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^DataMaintenance\n/);
    expect(stdout).toContain("critical when urgency is high");
    expect(stdout).toMatch(/^urgency +string .*Values: low, medium, high\.$/m);
  });

  it("says which chain source publishes an event and when, and which doesn't", async () => {
    const shown = await runCommand(["events", "show", "BlockMined"]);
    const when = publishedWhen("devnet", "BlockMined") ?? "";
    expect(when).toMatch(/^A block that was mined here/);
    expect(shown.stdout).toMatch(new RegExp(`^devnet +${when}$`, "m"));
    expect(shown.stdout).toMatch(/^bitcoin-core +not published by this source$/m);
    const json = await runCommand(["events", "show", "BlockMined", "--json"]);
    expect(JSON.parse(json.stdout).published_by).toEqual({
      host: null,
      devnet: when,
      replay: null,
      "bitcoin-core": null,
    });
    const ofHost = await runCommand(["events", "show", "NodeShutdown"]);
    expect(ofHost.stdout).toMatch(/^host +The host was told to end; modules are asked next\.$/m);
    const ofModules = await runCommand(["events", "show", "PaymentSettled"]);
    expect(ofModules.stdout).not.toContain("SOURCE");
  });

  it("keeps within the terminal's width", async () => {
    const { stdout } = await runCommand(["events", "show", "MempoolTransactionAdded"], 80);
    expect(Math.max(...stdout.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  it("prints definition and schema as one JSON object", async () => {
    const { stdout } = await runCommand(["events", "show", "NewBlock", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      type: "NewBlock",
      owner: "node",
      critical: "never",
      fields: [
        { name: "block_hash", type: "hash32", optional: false },
        { name: "height", unit: "blocks" },
      ],
      schema: { type: "object", properties: { payload: { type: "object" } } },
    });
  });

  it("exits with 1 and names the nearest type when it knows none of that name", async () => {
    const { code, stdout, stderr } = await runCommand(["events", "show", "NewBlok"]);
    const { code: errorCode, message } = cliErrors.CLI_UNKNOWN_EVENT_TYPE({
      type: "NewBlok",
      nearest: "NewBlock",
    });
    expect(errorCode).toBe("CLI_UNKNOWN_EVENT_TYPE");
    expect([code, stdout, stderr]).toEqual([1, "", `blvm-streams: ${message}\n`]);
  });
});
