import { describe, expect, it } from "vitest";
import { shortForm } from "../kit/campaign.js";
import { startCycledHost } from "./life-cycles.js";
import { expectNothingLeft } from "./nothing-left.js";

const cycles = shortForm(60, 20);

describe(`a host after ${cycles} lives of modules that end in every way`, () => {
  it("holds no process, socket, file or descriptor of theirs, and no memory", async () => {
    await using host = await startCycledHost();
    // Caches and pools fill once, and what runs often is compiled.
    await host.run(cycles * 0.75);
    const before = await host.holdings();
    await host.run(cycles * 0.25);
    expectNothingLeft(before, await host.holdings());
    expect(before.children).toHaveLength(1);
  }, 600_000);
});
