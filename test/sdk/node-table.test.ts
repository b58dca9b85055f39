import { describe, expect, it } from "vitest";
import { NodeTable } from "../../src/sdk/node-table.js";

describe("NodeTable", () => {
  it("refuses a change of its module's table that the event doesn't show", () => {
    const table = new NodeTable("mine", { fees: "true" });
    expect(() => table.take({ changed_sections: ["modules.mine"] })).toThrow(
      expect.objectContaining({ code: "CONFIG_NOT_SHOWN" }),
    );
  });

  it("takes no notice of a change of others that the event doesn't show", () => {
    expect(new NodeTable("mine", {}).take({ changed_sections: ["modules.other"] })).toBeUndefined();
  });
});
