import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  downloadBytes,
  fetchRealNode,
  hasRealNode,
  realNodeComplaint,
  realNodeFile,
} from "../../scripts/setup/real-node.mjs";
import { tempDir } from "../kit/process-temp-dir.js";
import { realBitcoind } from "../kit/real-node.js";
import { toolsOnPath } from "../kit/tools-on-path.js";

const env = {};
const say = () => {};
const canFetch = realNodeComplaint() === undefined;

describe("a machine that is asked for a real node", () => {
  it("has one where BITCOIND names it or where one was fetched", async () => {
    await using dir = await tempDir();
    expect(hasRealNode(dir.path, { BITCOIND: "/somewhere/bitcoind" })).toBe(true);
    expect(hasRealNode(dir.path, { BITCOIND: "" })).toBe(false);
    await mkdir(join(dir.path, ".setup/real-node"), { recursive: true });
    await writeFile(realNodeFile(dir.path), "");
    expect(hasRealNode(dir.path, {})).toBe(true);
  });

  it("is told in one sentence what keeps it from fetching one", async () => {
    await using dir = await tempDir();
    const linux = { platform: "linux", arch: "x64" } as const;
    expect(realNodeComplaint({ ...linux, platform: "darwin" })).toMatch(/no real Bitcoin node for darwin/);
    expect(realNodeComplaint({ ...linux, arch: "s390x" })).toMatch(/for linux on s390x$/);
    expect(realNodeComplaint({ ...linux, searchPath: dir.path })).toMatch(/apt-get is not on PATH$/);
    for (const name of ["apt-get", "dpkg-deb", "timeout"]) await writeFile(join(dir.path, name), "");
    const keyring = join(dir.path, "keys.gpg");
    expect(realNodeComplaint({ ...linux, searchPath: dir.path, keyring })).toMatch(/keys are missing/);
    await writeFile(keyring, "");
    expect(realNodeComplaint({ ...linux, searchPath: dir.path, keyring })).toBeUndefined();
  });
});

describe.runIf(canFetch)("fetching a real node", () => {
  it("does nothing where one is there", async () => {
    await using dir = await tempDir();
    await fetchRealNode(dir.path, { say, env: { BITCOIND: "/somewhere/bitcoind" } });
    expect(await readdir(dir.path)).toEqual([]);
  });

  it("leaves nothing but its lock when apt-get can't, and says what to do instead", async () => {
    await using dir = await tempDir();
    await using _ = await toolsOnPath({ "apt-get": "exit 100" });
    await expect(fetchRealNode(dir.path, { say, env })).rejects.toThrow(
      "apt-get ended with exit code 100; try again, or set BITCOIND to a bitcoind of yours",
    );
    expect(await readdir(join(dir.path, ".setup"))).toEqual([expect.stringMatching(/^claim/)]);
  });

  it("refuses a download that is larger than any node's", async () => {
    await using dir = await tempDir();
    await using _ = await toolsOnPath({
      "apt-get": `case "$*" in *--print-uris*) echo "'http://x/y.deb' y.deb 120000001 SHA256:00";; esac`,
    });
    await expect(fetchRealNode(dir.path, { say, env })).rejects.toThrow(
      "are 120000001 bytes, 1 to 120000000 are taken",
    );
  });

  it("puts nothing in place when what was fetched doesn't run, and removes what a killed one left", async () => {
    await using dir = await tempDir();
    const left = join(dir.path, ".setup/real-node.unfinished/kept");
    await mkdir(left, { recursive: true });
    await writeFile(join(left, "bitcoind"), "half a node");
    await using _ = await toolsOnPath({
      "apt-get": `case "$*" in *--print-uris*) echo "'http://x/y.deb' y.deb 1 SHA256:00";; esac`,
    });
    await expect(fetchRealNode(dir.path, { say, env })).rejects.toThrow("the node doesn't run: ");
    expect(existsSync(realNodeFile(dir.path))).toBe(false);
    expect(existsSync(left)).toBe(false);
  });

  it("adds the sizes that apt-get lists, and nothing else that it says", () => {
    const listed =
      "Reading lists\n'http://a/b.deb' b_1:2.deb 100 SHA256:aa\n'http://a/c.deb' c.deb 23 SHA256:bb\n";
    expect(downloadBytes(listed)).toBe(123);
    expect(downloadBytes("")).toBe(0);
  });
});

describe("a test that wants a real node", () => {
  it("throws in CI, and is skipped elsewhere, only where nobody named or fetched one", () => {
    const { BITCOIND, CI } = process.env;
    try {
      process.env.BITCOIND = "/named/bitcoind";
      expect(realBitcoind()).toBe("/named/bitcoind");
      delete process.env.BITCOIND;
      process.env.CI = "true";
      const none = () => realBitcoind({ fetched: "/nowhere/bitcoind" });
      expect(none).toThrow("skipping is not allowed in CI");
      delete process.env.CI;
      expect(none()).toBeUndefined();
    } finally {
      delete process.env.BITCOIND;
      Object.assign(process.env, BITCOIND !== undefined && { BITCOIND }, CI !== undefined && { CI });
    }
  });
});
