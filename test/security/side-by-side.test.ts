import { describe, expect, it } from "vitest";
import { sideBySide } from "../../src/security/side-by-side.js";

describe("sideBySide", () => {
  it("works on every item once, never on more than its width at a time", async () => {
    const done: number[] = [];
    let [now, most] = [0, 0];
    await sideBySide([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      most = Math.max(most, ++now);
      await Promise.resolve();
      now--;
      done.push(item);
    });
    expect(done.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
  });

  it("ends at once without items", async () => {
    await sideBySide([], 3, () => Promise.reject(new Error("never called")));
  });

  it("begins nothing after a failure, and fails with it once all else has ended", async () => {
    let finish = () => {};
    const slow = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const begun: number[] = [];
    let hasFailed = false;
    const work = sideBySide([1, 2, 3, 4], 2, async (item) => {
      begun.push(item);
      if (item === 1) await slow;
      else throw new Error(`item ${item}`);
    });
    const failed = work.catch((error: unknown) => {
      hasFailed = true;
      return error;
    });
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    expect([begun, hasFailed]).toEqual([[1, 2], false]);
    finish();
    expect(await failed).toEqual(new Error("item 2"));
    expect(begun).toEqual([1, 2]);
  });
});
