import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { probeSetpriv } from "../../src/sandbox/setpriv-probe.js";
import { tempDir } from "../kit/process-temp-dir.js";

describe("probeSetpriv", () => {
  it("passes over a setpriv that does not know the flag", async () => {
    await using dir = await tempDir();
    const fake = join(dir.path, "setpriv");
    await writeFile(fake, "#!/bin/sh\nexit 1\n");
    await chmod(fake, 0o755);
    expect(await probeSetpriv(dir.path)).not.toBe(fake);
  });

  it("takes the first one on the path that knows it", async () => {
    await using dir = await tempDir();
    const fake = join(dir.path, "setpriv");
    await writeFile(fake, "#!/bin/sh\nexit 0\n");
    await chmod(fake, 0o755);
    expect(await probeSetpriv(`relative:${dir.path}`)).toBe(fake);
  });
});
