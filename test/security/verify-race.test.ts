import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { errorCode } from "../../src/errors.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { timeLimitMs } from "../kit/time-limit.js";
import { plainManifest, signModule, trust, verify, writeFiles } from "./signed-module.js";

const swapper = fileURLToPath(new URL("./swapper.mjs", import.meta.url));
const expectedRefusals = ["SIZE_MISMATCH", "HASH_MISMATCH", "BAD_BINARY"];

async function startSwapper(...paths: readonly string[]) {
  const child = spawn(process.execPath, [swapper, ...paths], { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return {
    async [Symbol.asyncDispose]() {
      const exited = once(child, "exit");
      child.stdin.end();
      await exited;
    },
  };
}

describe("a file that is swapped while it is verified (H67)", () => {
  it.each([
    ["a lone file", "main.js", "probe/main.js"],
    ["the index of a directory", "dist", "probe/dist/index.js"],
    ["a file in a directory", "dist", "probe/dist/lib"],
  ])("runs as the signed bytes or not at all: %s", { timeout: 60_000 }, async (_, entry, swapped) => {
    await using dir = await tempDir();
    const directory = join(dir.path, "probe");
    const at = (name: string) => join(dir.path, name);
    const bytes = Buffer.alloc(256 * 1024, "good ");
    const evil = Buffer.alloc(bytes.length, "evil ");
    await writeFiles(dir.path, { good: bytes, evil, "probe/dist/index.js": "", [swapped]: bytes });
    const manifest = await signModule(directory, plainManifest.replace("main.js", entry), 1, "alice");

    const rules = { requireSignatures: true, trust: trust(1, "alice") };
    const seen = { accepted: 0, refused: 0 };
    const check = async (copyDir: string) => {
      const verified = await verify(directory, manifest, { ...rules, copyDir }).catch((error: unknown) => {
        expect(expectedRefusals).toContain(errorCode(error));
      });
      if (verified === undefined) {
        seen.refused++;
        return;
      }
      seen.accepted++;
      const copied = await readFile(join(copyDir, swapped.replace("probe", "code")));
      expect(bytes.equals(copied)).toBe(true);
      await verified.removeCopy();
    };
    {
      await using _swapper = await startSwapper(at(swapped), at("good"), at("evil"));
      const endMs = performance.now() + timeLimitMs(2000);
      for (let round = 0; round < 40 || seen.refused === 0; round++) {
        if (performance.now() > endMs) break;
        await check(at(`copy-${round}`));
      }
    }
    expect(seen.refused).toBeGreaterThan(0);
    await writeFiles(dir.path, { [swapped]: bytes });
    await check(at("copy-last"));
    expect(seen.accepted).toBeGreaterThan(0);
    expect((await readdir(dir.path)).filter((name) => name.startsWith("copy"))).toEqual([]);
  });

  it("has no effect once it is verified", async () => {
    await using dir = await tempDir();
    const directory = join(dir.path, "probe");
    await writeFiles(directory, { "main.js": "good", other: "evil" });
    const manifest = await signModule(directory, plainManifest, 1, "alice");
    const { entryPath } = await verify(directory, manifest, { trust: trust(1, "alice") });
    await copyFile(join(directory, "other"), join(directory, "main.js"));
    expect(await readFile(entryPath, "utf8")).toBe("good");
  });

  it("does not reach the copy of a directory either", async () => {
    await using dir = await tempDir();
    const directory = join(dir.path, "probe");
    await writeFiles(directory, { "dist/index.js": "good", "dist/lib/a.js": "good" });
    const manifest = await signModule(directory, plainManifest.replace("main.js", "dist"), 1, "alice");
    const { entryPath } = await verify(directory, manifest, { trust: trust(1, "alice") });
    await writeFile(join(directory, "dist/lib/a.js"), "evil");
    expect(await readFile(join(entryPath, "../lib/a.js"), "utf8")).toBe("good");
    const again = verify(directory, manifest, {
      trust: trust(1, "alice"),
      copyDir: join(dir.path, "second"),
    });
    await expect(again).rejects.toMatchObject({ code: "HASH_MISMATCH" });
  });
});
