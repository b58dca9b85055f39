import { execFile } from "node:child_process";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { until } from "../kit/host-until.js";
import { hostFolder } from "../kit/host-whole.js";
import { distUrl } from "../kit/process-dist.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { linkLibraries } from "./linked-libraries.js";

const run = promisify(execFile);
const cli = fileURLToPath(distUrl("cli/main.js"));
const libraries = fileURLToPath(new URL("../../node_modules/", import.meta.url));

describe("a new module", { timeout: 120_000 }, () => {
  it("passes its type check and its own tests, and can be bundled anew", async () => {
    await using dir = await tempDir();
    await run(process.execPath, [cli, "modules", "create", "my-module"], { cwd: dir.path });
    const cwd = join(dir.path, "my-module");
    await linkLibraries(cwd);
    const { CI: _, TEST_RESULTS_FILE: __, ...env } = process.env;
    const [types, tests] = await Promise.all([
      run(process.execPath, [join(libraries, "typescript/bin/tsc")], { cwd, env }),
      run(process.execPath, [join(libraries, "vitest/vitest.mjs"), "run"], {
        cwd,
        env: { ...env, NO_COLOR: "1" },
      }),
    ]);
    expect(types.stdout).toBe("");
    expect(tests.stdout).toMatch(/Tests +4 passed/);
    const bundled = await run(process.execPath, [cli, "modules", "bundle", "."], { cwd });
    expect(bundled.stdout).toMatch(/^dist\/main\.js: \d+ KiB, from src\/main\.ts\n$/);
    // Without a host, the bundle gets as far as looking for one.
    await expect(run(process.execPath, ["dist/main.js"], { cwd, env: {} })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("found no module id"),
    });
  });

  it("is loaded by a host as it is, hears of blocks and asks the node", async () => {
    await using folder = await hostFolder();
    await run(process.execPath, [cli, "modules", "create", "my-module"], { cwd: folder.path });
    await cp(join(folder.path, "my-module"), join(folder.modulesDir, "my-module"), { recursive: true });
    const host = folder.host();
    await host.start();
    host.publish("NewBlock", { block_hash: "00".repeat(32), height: 0 });
    await until(
      "it handled a block",
      () => (host.delivery.getDeliveryStats("my-module")?.delivered ?? 0) >= 2,
    );
    expect(folder.log.messages()).toContain("my-module 0.1.0 is loaded");
    const listed = await host.modules.listModules();
    expect(listed).toMatchObject([{ name: "my-module", state: "Running" }]);
  });
});
