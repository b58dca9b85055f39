import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CodeBudget, codeLimits } from "../../src/security/code-budget.js";
import { openBeneath } from "../../src/security/open-beneath.js";
import { readCodeFile } from "../../src/security/read-code-file.js";
import { tempDir } from "../kit/process-temp-dir.js";

/** Reads a file of `bytes` whose size was seen to be `seenBytes`. */
async function read(bytes: Uint8Array, seenBytes: number, limits = codeLimits) {
  await using dir = await tempDir();
  await writeFile(join(dir.path, "main"), bytes);
  await using opened = await openBeneath(dir.path, ["main"]);
  const stats = { size: seenBytes, mode: 0o100644 };
  return await readCodeFile(opened, stats, new CodeBudget("probe", limits), undefined, "");
}

describe("readCodeFile", () => {
  it.each([0, 1, 255, 256, 257, 262_143, 262_144, 262_145, 1_000_000])(
    "reads all %i bytes",
    async (sizeBytes) => {
      const bytes = Buffer.alloc(sizeBytes, "0123456789abc");
      expect(await read(bytes, sizeBytes)).toEqual({
        sha256: createHash("sha256").update(bytes).digest("hex"),
        sizeBytes,
        isExecutable: false,
        head: bytes.subarray(0, 256),
      });
    },
  );

  it("refuses a file that has more bytes than were seen, after one read", async () => {
    const startMs = performance.now();
    for (const seenBytes of [0, 1, 262_144]) {
      await expect(read(Buffer.alloc(1_000_000), seenBytes)).rejects.toMatchObject({
        code: "BAD_BINARY",
        message: expect.stringContaining("grew while it was read"),
      });
    }
    expect(performance.now() - startMs).toBeLessThan(5000);
  });

  it("tells what a file that shrank really has", async () => {
    expect(await read(Buffer.alloc(10), 1000)).toMatchObject({ sizeBytes: 10 });
  });

  it("reads nothing of a file that is too large by its size", async () => {
    const limits = { ...codeLimits, maxBytes: 9 };
    await expect(read(Buffer.alloc(1), 10, limits)).rejects.toMatchObject({ code: "CODE_TOO_LARGE" });
  });
});
