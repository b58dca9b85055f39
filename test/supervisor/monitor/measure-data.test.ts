import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { NODE_FOLDER as FILES_NODE_FOLDER } from "../../../src/node-api/files/file-path.js";
import { measureData, NODE_FOLDER } from "../../../src/supervisor/monitor/measure-data.js";
import { tempDir } from "../../kit/process-temp-dir.js";

const { signal } = new AbortController();

async function fill(folder: string, count: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let n = 0; n < count; n++) await writeFile(join(folder, `f${n}`), "x");
}

describe("measureData", () => {
  it("counts space with the node's folder and files without it", async () => {
    await using dir = await tempDir();
    await fill(dir.path, 5);
    await fill(join(dir.path, NODE_FOLDER), 7);
    const measured = await measureData(dir.path, { signal, maxFiles: 6 });
    expect(measured?.entries).toBe(5);
    expect(measured?.sizeBytes).toBeGreaterThanOrEqual(12 * 512);
    expect(NODE_FOLDER).toBe(FILES_NODE_FOLDER);
  });

  it("leaves out no more of it than a thousand files: the module may write there as well", async () => {
    await using dir = await tempDir();
    await fill(join(dir.path, NODE_FOLDER), 1100);
    const measured = await measureData(dir.path, { signal, maxFiles: 50 });
    // Counting ended at 1051: of these, a thousand may be the node's.
    expect(measured).toMatchObject({ entries: 51, isComplete: false });
  });

  it("counts everything as it is far from the limit, and answers nothing for what can't be read", async () => {
    await using dir = await tempDir();
    await fill(join(dir.path, NODE_FOLDER), 3);
    expect((await measureData(dir.path, { signal, maxFiles: 10_000 }))?.entries).toBe(4);
    expect(await measureData(join(dir.path, "none"), { signal, maxFiles: 5 })).toBeUndefined();
  });
});
