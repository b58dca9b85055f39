import { chmod, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { silentLogger } from "../../src/log.js";
import { Sandbox } from "../../src/sandbox/index.js";
import { isNotRoot, openTempDir } from "../kit/host-forms.js";

describe("a sandbox that can't be made", () => {
  it("says what was in the way and what to do, and leaves nothing", async () => {
    await using dir = await openTempDir();
    const file = join(dir.path, "no-folder");
    await writeFile(file, "");
    await chmod(file, 0o755);
    const open = Sandbox.open({ log: silentLogger }, { mode: "auto", privateDir: join(file, "private") });
    await expect(open).rejects.toMatchObject({
      code: "SANDBOX_UNUSABLE",
      message: expect.stringMatching(/^what modules are started in can't be made: ENOTDIR: .*mend that/),
      cause: expect.objectContaining({ code: "ENOTDIR" }),
    });
    expect(await readdir(dir.path)).toEqual(["no-folder"]);
  });

  // Anybody else runs modules by the runtime where it lies.
  it.skipIf(isNotRoot("a runtime that is copied for another user"))(
    "takes its folder away again when it fails half-way",
    async () => {
      await using dir = await openTempDir();
      const privateDir = join(dir.path, "private");
      const open = Sandbox.open(
        { log: silentLogger },
        { mode: "auto", privateDir, nodePath: join(dir.path, "no-node") },
      );
      await expect(open).rejects.toMatchObject({ code: "SANDBOX_UNUSABLE" });
      expect(await readdir(dir.path)).toEqual([]);
    },
  );
});
