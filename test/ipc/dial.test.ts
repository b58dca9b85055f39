import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dialPath, reconnectDelayMs } from "../../src/ipc/index.js";
import { tempDir } from "../kit/process-temp-dir.js";

describe("reconnectDelayMs", () => {
  it("doubles from 100 ms up to 30 s", () => {
    const longest = Array.from({ length: 12 }, (_, attempt) => reconnectDelayMs(attempt, () => 1));
    expect(longest).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000]);
  });

  it("spreads clients over the upper half of the time", () => {
    expect([0, 0.5, 1].map((random) => reconnectDelayMs(3, () => random))).toEqual([400, 600, 800]);
    expect(reconnectDelayMs(10_000, () => 0)).toBe(15_000);
    for (let n = 0; n < 100; n++) {
      const delayMs = reconnectDelayMs(0);
      expect(delayMs).toBeGreaterThanOrEqual(50);
      expect(delayMs).toBeLessThanOrEqual(100);
    }
  });
});

describe("dialPath", () => {
  it("rejects with the system's own error when nobody listens, and may be tried again", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "nobody.sock");
    await expect(dialPath(path)).rejects.toMatchObject({
      code: "CONNECTION_CLOSED",
      retryable: true,
      details: { reason: `${path}: ENOENT` },
      cause: { code: "ENOENT" },
    });
  });
});
