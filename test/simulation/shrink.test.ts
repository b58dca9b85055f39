import { describe, expect, it } from "vitest";
import { shrink } from "./shrink.js";

const upTo = (count: number) => Array.from({ length: count }, (_none, n) => n);

describe("shrink", () => {
  it("leaves exactly the items that the failure needs, in their order", async () => {
    const needed = [3, 40, 41, 97];
    const found = await shrink(upTo(100), async (items) => needed.every((item) => items.includes(item)));
    expect(found).toEqual(needed);
  });

  it("leaves nothing when nothing is needed, and all when all is", async () => {
    expect(await shrink(upTo(9), async () => true)).toEqual([]);
    expect(await shrink(upTo(9), async (items) => items.length === 9)).toEqual(upTo(9));
  });

  it("gives up after as many attempts as it may make", async () => {
    let attempts = 0;
    const found = await shrink(
      upTo(1000),
      async (items) => {
        attempts++;
        return items.includes(500);
      },
      5,
    );
    expect(attempts).toBeLessThanOrEqual(5);
    expect(found).toContain(500);
  });
});
