import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { distUrl } from "../kit/process-dist.js";
import { firstLine } from "../kit/process-launch.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { gone, isGone } from "../kit/process-watch.js";
import { timeLimitMs } from "../kit/time-limit.js";
import { isMissing } from "../kit/tool.js";

const hostScript = fileURLToPath(new URL("../kit/process-doomed-host.mjs", import.meta.url));

describe("a host killed with SIGKILL", () => {
  it.skipIf(isMissing("setpriv", "util-linux"))(
    "takes a spinning module with it within a second",
    async () => {
      await using dir = await tempDir();
      await writeFile(join(dir.path, "spin.cjs"), "require('fs').writeSync(1, 'up'); for (;;);");
      const built = ["sandbox/index.js", "supervisor/module-process.js"].map(distUrl);
      const host = spawn(process.execPath, [hostScript, ...built, dir.path], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const modulePid = Number(await firstLine(host.stdout));
      expect(isGone(modulePid)).toBe(false);
      host.kill("SIGKILL");
      await once(host, "exit");
      await gone(modulePid, timeLimitMs(1000)).catch((error: unknown) => {
        process.kill(modulePid, "SIGKILL");
        throw error;
      });
    },
  );
});
