import { chmod, copyFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blockFile } from "../kit/host-whole.js";
import { bundleDriver, bundleScript, type Driver, hostUsers, runDriver } from "../kit/sandbox-driver.js";
import { timeLimitMs } from "../kit/time-limit.js";
import { isMissing } from "../kit/tool.js";
import type { HostFindings, HostOrder } from "./life-host-driver.js";

const lacksTools = isMissing("bwrap", "bubblewrap") || isMissing("setpriv", "util-linux");

describe.skipIf(lacksTools)("a host with its modules in sandboxes", () => {
  let driver: Driver;
  let findings: HostFindings[];

  beforeAll(async () => {
    driver = await bundleDriver(new URL("./life-host-driver.ts", import.meta.url));
    const moduleFile = join(dirname(driver.file), "module.mjs");
    const block = join(dirname(driver.file), "block.raw");
    await bundleScript(new URL("./life-module.mjs", import.meta.url), moduleFile);
    await copyFile(blockFile("898352.raw"), block);
    await chmod(block, 0o644);
    const play = async (user: (typeof hostUsers)[number]) => {
      const order: HostOrder = { folder: await driver.folderFor(user), moduleFile, blockFile: block };
      return (await runDriver(user, driver.file, order)) as HostFindings;
    };
    findings = await Promise.all(hostUsers.map(play));
  }, 90_000);
  afterAll(() => driver[Symbol.asyncDispose]());

  const each = (look: (found: HostFindings) => void) => () => {
    expect(findings).toHaveLength(hostUsers.length);
    for (const found of findings) look(found);
  };

  it(
    "tells the pid of the module's program",
    each(({ record }) => {
      expect(record.command).toContain("\0/module/main.mjs\0--module-id\0record_");
      expect(record.command).not.toContain("bwrap");
    }),
  );

  it(
    "calls a module that got SIGSTOP unresponsive, counts its losses, and goes on in order",
    each(({ record }) => {
      expect(record).toMatchObject({ dropped: 644, handled: 357, lost: 644, isInOrder: true });
    }),
  );

  it(
    "gives a module its configuration, which no command line shows",
    each(({ record }) => {
      expect(record.secret).toMatchObject({ isTold: true, isShown: false });
      expect(record.secret.lines).toBeGreaterThanOrEqual(3);
    }),
  );

  it(
    "reloads a module",
    each(({ record }) => {
      expect(record).toMatchObject({ isReloaded: true, end: "stopped as asked with code 0" });
    }),
  );

  it(
    "kills a module that ignores both the stop request and SIGTERM",
    each(({ stubborn }) => {
      expect(stubborn.isTold).toBe(true);
      expect(stubborn.end).toBe("killed by SIGKILL after it was asked to stop");
      expect(stubborn.tookMs).toBeGreaterThan(590);
      expect(stubborn.tookMs).toBeLessThan(timeLimitMs(3000));
    }),
  );

  it(
    "kills a stopped module, which hears neither",
    each(({ still }) => expect(still.end).toBe("killed by SIGKILL after it was asked to stop")),
  );

  it(
    "kills a spinning module where the configuration says so",
    each(({ spin }) => expect(spin.end).toMatch(/^unresponsive: silent for .* s; killed by SIGKILL$/)),
  );

  it(
    "kills a module that closes its connection and keeps running",
    each(({ deaf }) => {
      const reason = "closed its connection and kept running (the peer closed the connection)";
      expect(deaf.end).toBe(`${reason}; killed by SIGKILL`);
    }),
  );

  it(
    "starts a crashed module again",
    each(({ crash }) => expect(crash.end).toBe("exited with code 3")),
  );

  it(
    "takes a module back that lost its connection through the path",
    each(({ path }) =>
      expect(path).toEqual({ doors: ["path", "path"], end: "stopped as asked with code 0" }),
    ),
  );

  it(
    "stops a module at each moment of its start and leaves nothing",
    each(({ hasty }) => {
      expect(hasty.outcomes).toContain("MODULE_START_FAILED");
      expect(["MODULE_START_FAILED", "loaded"]).toEqual(expect.arrayContaining(hasty.outcomes));
    }),
  );
});
