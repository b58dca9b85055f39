import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startManager } from "../kit/host-manager.js";
import { tempDir } from "../kit/process-temp-dir.js";

import { signModule, trust } from "../security/signed-module.js";
import { watchScene } from "./watch/watch-scene.js";

describe("an entry point in the folder of modules", { timeout: 60_000 }, () => {
  it("runs where it lies when nothing is claimed of it", async () => {
    await using under = await startManager();
    await under.install("alpha", "recorder");
    await rename(join(under.modulesDir, "alpha", "main.mjs"), join(under.modulesDir, "main.mjs"));
    await under.manager.loadModule("alpha");
    expect(under.manager.loadedModules).toMatchObject([{ name: "alpha", state: "Running" }]);
    await under.manager.reloadModule("alpha");
    expect(under.manager.loadedModules).toMatchObject([{ name: "alpha", state: "Running" }]);
  });

  it("may not lead out of it", async () => {
    await using under = await startManager();
    await using outside = await tempDir();
    await under.install("alpha", "recorder");
    await rename(join(under.modulesDir, "alpha", "main.mjs"), join(outside.path, "main.mjs"));
    await symlink(join(outside.path, "main.mjs"), join(under.modulesDir, "main.mjs"));
    await expect(under.manager.loadModule("alpha")).rejects.toMatchObject({ code: "BAD_BINARY" });
  });

  it("is verified like any other when it was signed", async () => {
    const code = { trust: trust(1, "alice"), requireSignatures: true, allowDowngrade: false };
    await using under = await startManager({ code });
    const directory = join(under.modulesDir, "probe");
    await mkdir(directory);
    const shared = join(under.modulesDir, "shared.mjs");
    await writeFile(shared, "setTimeout(() => process.exit(3), 10);\n");
    const manifest = 'name = "probe"\nversion = "1.0.0"\nentry_point = "shared.mjs"\n';
    await signModule(directory, manifest, 1, "alice");
    await expect(under.manager.loadModule("probe")).rejects.toMatchObject({ code: "MODULE_START_FAILED" });
    await writeFile(shared, "setTimeout(() => process.exit(4), 10);\n");
    await expect(under.manager.loadModule("probe")).rejects.toMatchObject({ code: "HASH_MISMATCH" });
  });

  it("is watched as the module's own", async () => {
    await using scene = await watchScene();
    const directory = await scene.install("alpha");
    await writeFile(
      join(directory, "module.toml"),
      'name = "alpha"\nversion = "1.0.0"\nentry_point = "shared.js"\n',
    );
    await scene.watcher.start();
    const shared = join(scene.modules, "shared.js");
    await writeFile(shared, "// first");
    await scene.hears("appeared alpha");
    await writeFile(shared, "// second");
    await scene.hears("appeared alpha", "changed alpha");
    await rm(shared);
    await writeFile(join(scene.modules, "other.js"), "");
    await scene.passes();
    expect(scene.told).toHaveLength(2);
  });
});
