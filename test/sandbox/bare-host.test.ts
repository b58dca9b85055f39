import { chmod, copyFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blockFile } from "../kit/host-whole.js";
import { bundleDriver, bundleScript, type Driver, hostUsers, runDriver } from "../kit/sandbox-driver.js";
import { isMissing } from "../kit/tool.js";
import { bwrapWithoutNamespaces, toolsOnPath } from "../kit/tools-on-path.js";
import type { BareFindings, BareOrder } from "./bare-host-driver.js";

const lacksTools = isMissing("setpriv", "util-linux");

describe.skipIf(lacksTools)("a host whose bubblewrap can do nothing", () => {
  let driver: Driver;
  let findings: BareFindings[];

  beforeAll(async () => {
    driver = await bundleDriver(new URL("./bare-host-driver.ts", import.meta.url));
    const moduleFile = join(dirname(driver.file), "module.mjs");
    const block = join(dirname(driver.file), "block.raw");
    await bundleScript(new URL("./life-module.mjs", import.meta.url), moduleFile);
    await copyFile(blockFile("898352.raw"), block);
    await chmod(block, 0o644);
    await using _ = await toolsOnPath({ bwrap: bwrapWithoutNamespaces });
    const play = async (user: (typeof hostUsers)[number]) => {
      const order: BareOrder = { folder: await driver.folderFor(user), moduleFile, blockFile: block };
      return (await runDriver(user, driver.file, order)) as BareFindings;
    };
    findings = await Promise.all(hostUsers.map(play));
  }, 60_000);
  afterAll(() => driver[Symbol.asyncDispose]());

  const each = (look: (found: BareFindings) => void) => () => {
    expect(findings).toHaveLength(hostUsers.length);
    for (const found of findings) look(found);
  };

  it(
    "says which layers are off, what follows and what to do",
    each(({ warnings }) => {
      for (const name of ["L2 filesystem", "L3 network", "L4 kernel"]) {
        const warning = warnings.find((line) => line.startsWith(`sandbox: ${name} is missing (`));
        expect(warning).toMatch(/No permissions .*; a module could .*; [^;]*(namespaces|userns)/);
      }
      expect(warnings.filter((line) => /L[0578] /.test(line))).toEqual([]);
    }),
  );

  it(
    "runs no module as root, nor what it starts",
    each(({ uids }) => {
      expect(uids).toHaveLength(1);
      expect(uids).not.toContain(0);
    }),
  );

  it(
    "gives its module every event through load, reload, crash, kill and stop",
    each(({ published, handled, ends }) => {
      expect(handled).toEqual(published);
      const asked = "stopped as asked with code 0";
      expect(ends).toEqual([asked, "exited with code 3", "killed by SIGKILL", asked, asked]);
    }),
  );

  it(
    "leaves nothing of a module that forked twice into a session of its own, however it ends",
    each(({ lives }) => {
      const life = { away: 1, left: 0 };
      expect(lives).toEqual({ reload: life, crash: life, kill: life, stop: life, "stop of the host": life });
    }),
  );
});
