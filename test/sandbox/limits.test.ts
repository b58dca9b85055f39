import { execFile } from "node:child_process";
import { chmod, copyFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleDriver, type Driver, hostUsers, runDriver } from "../kit/sandbox-driver.js";
import { timeLimitMs } from "../kit/time-limit.js";
import { isMissing } from "../kit/tool.js";
import type { HogFindings, LimitsFindings, LimitsOrder } from "./limits-driver.js";

const MIB = 1024 * 1024;
const lacksTools = [
  isMissing("bwrap", "bubblewrap"),
  isMissing("prlimit", "util-linux"),
  isMissing("gcc", "gcc and libc6-dev"),
  isMissing("python3", "python3"),
].includes(true);
const fixtures = fileURLToPath(new URL("../fixtures/sandbox/", import.meta.url));
const sources = {
  hogFile: fileURLToPath(new URL("limits-hog.mjs", import.meta.url)),
  sdkFile: fileURLToPath(new URL("../../dist/sdk/bundled.js", import.meta.url)),
};

/** Copies in a folder that the host's user can get to, wherever this package lies. */
async function reachableSources(folder: string): Promise<typeof sources> {
  const copies = { hogFile: join(folder, "hog.mjs"), sdkFile: join(folder, "sdk.mjs") };
  for (const name of ["hogFile", "sdkFile"] as const) {
    await copyFile(sources[name], copies[name]);
    await chmod(copies[name], 0o644);
  }
  return copies;
}
/** Hogs in C and Python, which speak the protocol by themselves. */
async function otherPrograms(folder: string): Promise<LimitsOrder["programs"]> {
  const native = join(folder, "native-hog");
  const sourcesInC = ["module.c", "hog.c"].map((name) => join(fixtures, name));
  await promisify(execFile)("gcc", ["-O1", "-pthread", "-o", native, ...sourcesInC]);
  const scripts = ["hog.py", "module.py"].map((name) => join(folder, name));
  for (const path of scripts) {
    await copyFile(join(fixtures, basename(path)), path);
    await chmod(path, 0o755);
  }
  const beside = join(folder, "helper_beside.py");
  await writeFile(beside, 'NAME = "beside"\n', { mode: 0o644 });
  return { native: [native], python: [...scripts, beside] };
}

/**
 * Limits don't depend on who the host is; who sets them does. Those of a round run beside one another, each round in a host
 * of its own: where everybody takes all there is, the host is too late for anybody.
 */
const roundsOf = {
  root: [["heap", "deep", "spinner"], ["data"]],
  "an ordinary user": [
    ["heap", "buffers", "wasm", "threads"],
    ["native", "python", "children"],
    ["data"],
    ["closed", "shut", "behind"],
    ["tmp", "shm", "crumbs", "one", "many", "descriptors", "spinner"],
  ],
} as const;
const KILLED = "killed by SIGKILL";
/** It may die between two looks of the host: then its own words tell. */
const memoryReason =
  /^memory: 128 MiB limit, (?:(?:died at )?[\d.]+ MiB resident(?: \(.*\))?|died before it was looked at \(.*\)); /;

describe.skipIf(lacksTools).each(hostUsers)(
  "a module that takes all it can get from a host that runs as %s",
  (user) => {
    let driver: Driver;
    const rounds: LimitsFindings[] = [];
    const hogs: readonly string[] = roundsOf[user].flat();
    const roundOf = (name: string) => rounds.find((round) => name in round.hogs) as LimitsFindings;
    const hog = (name: string) => roundOf(name).hogs[name] as HogFindings;
    /** Two looks, each as late as this machine let the host be: what is taken meanwhile is no fault of the limits. */
    const lateS = (name: string) => (2 * roundOf(name).lateMs + timeLimitMs(100)) / 1000;
    /** It writes 1 GiB a second while this machine lets no thread look. */
    const lateMiB = (name: string) => roundOf(name).threadLateMs;
    const reasonOf = (name: string) => hog(name).reason ?? "";

    beforeAll(async () => {
      driver = await bundleDriver(new URL("limits-driver.ts", import.meta.url));
      const folder = await driver.folderFor(user);
      const files = { ...(await reachableSources(folder)), programs: await otherPrograms(folder) };
      for (const [n, hogsOfRound] of roundsOf[user].entries()) {
        const order: LimitsOrder = {
          ...files,
          folder: join(folder, `${n}`),
          hogs: hogsOfRound,
          timeLimitMs: 20_000,
        };
        rounds.push((await runDriver(user, driver.file, order)) as LimitsFindings);
      }
    }, 110_000);
    afterAll(() => driver[Symbol.asyncDispose]());

    const memoryHogs = ["heap", "buffers", "wasm", "threads", "native", "python"].filter((name) =>
      hogs.includes(name),
    );
    it.each(memoryHogs)("is stopped within its memory limit and a tenth, and told why: %s", (name) => {
      // Refused memory for a thread, V8 may fall over without a word.
      if (name !== "threads" || !reasonOf(name).startsWith("killed by SIGSEGV"))
        expect(reasonOf(name)).toMatch(memoryReason);
      // It took much, as far as the last look saw: on a busy machine that may be many milliseconds before its end.
      if (!reasonOf(name).includes("died before it was looked at"))
        expect(hog(name).peakBytes).toBeGreaterThan(32 * MIB);
      expect(hog(name).peakBytes).toBeLessThan(128 * 1.1 * MIB);
    });

    const wordsOf = { native: "malloc: Cannot allocate memory", python: "MemoryError" };
    it.each(Object.entries(wordsOf).filter(([name]) => hogs.includes(name)))(
      "is refused memory by the kernel, and dies by the word of its own language: %s",
      (name, words) => {
        expect(reasonOf(name)).toMatch(memoryReason);
        if (!reasonOf(name).includes(KILLED)) expect(reasonOf(name)).toContain(`(${words})`);
      },
    );

    it("dies of a full heap by the runtime's own word", () => {
      const words = "FATAL ERROR: .*heap out of memory";
      const limit = "memory: 128 MiB limit";
      expect(reasonOf("heap")).toMatch(
        new RegExp(
          `^${limit}, (died at .* resident \\(${words}\\)|died before it was looked at \\(${words}\\)|.* MiB resident); `,
        ),
      );
    });

    if (hogs.includes("children"))
      it("is stopped for what its processes have together", () => {
        const { peakBytes, children } = hog("children");
        expect(reasonOf("children")).toMatch(/^memory: 256 MiB limit, [\d.]+ MiB resident; /);
        expect(children).toBe(2);
        // Two of them take 40 MiB a second while the host is too late to look.
        expect(peakBytes).toBeLessThan((256 * 1.1 + 40 * lateS("children")) * MIB);
      });

    if (hogs.includes("tmp"))
      it("finds its folders in memory full at their sizes, and goes on", () => {
        expect(hog("tmp")).toMatchObject({ reason: null, got: { code: "ENOSPC", bytes: 8 * MIB } });
        expect(hog("shm")).toMatchObject({ reason: null, got: { code: "ENOSPC", bytes: MIB } });
      });

    if (hogs.includes("crumbs"))
      it("is killed for more empty files in its folders in memory than those are good for", () => {
        expect(reasonOf("crumbs")).toMatch(
          /^files in memory: 8192 limit, \d+ in its \/tmp; killed by SIGKILL/,
        );
      });

    if (hogs.includes("one"))
      it("can't make a file larger than its limit, and goes on", () => {
        expect(hog("one")).toMatchObject({ reason: null, got: { code: "EFBIG", bytes: 16 * MIB } });
      });

    if (hogs.includes("descriptors"))
      it("is refused descriptors above its limit, and goes on", () => {
        expect(hog("descriptors")).toMatchObject({ reason: null, got: { code: "EMFILE" } });
      });

    if (hogs.includes("many"))
      it("is stopped for the number of its files", () => {
        expect(reasonOf("many")).toMatch(/^files: 100 limit, \d+ in its data directory; /);
      });

    it("is killed for what its data directory holds, as fast as it writes", () => {
      const [, mib] = /^data directory: 256 MiB limit, ([\d.]+) MiB in it; /.exec(reasonOf("data")) ?? [];
      expect(reasonOf("data")).toContain(KILLED);
      expect(Number(mib)).toBeGreaterThan(256);
    });

    // Where others keep all processors busy, a host that isn't root may look too late: docs/sandbox.md says how much.
    it("leaves no more in its data directory than the limit and a tenth, however fast it writes", () => {
      expect(hog("data").leftBytes).toBeGreaterThan(256 * MIB);
      expect(hog("data").leftBytes).toBeLessThanOrEqual((256 * 1.1 + lateMiB("data")) * MIB);
    });

    const hidden = { deep: "1 folder in it is", closed: "3 folders in it are", shut: "1 folder in it is" };
    it.each(Object.entries(hidden).filter(([name]) => hogs.includes(name)))(
      "is stopped when it hides what it has from the host: %s",
      (name, folders) => {
        const words = `data directory: ${folders} closed to the host or too deep, so that what lies there can't be counted; `;
        expect(reasonOf(name)).toContain(words);
      },
    );

    if (hogs.includes("behind"))
      it("is ended for what it writes to files in a directory that it closed, or for hiding it", () => {
        // By its being hidden at the second look, or by what it wrote: whichever is noticed first.
        expect(reasonOf("behind")).toMatch(
          /^data directory: (64 MiB limit, [\d.]+ MiB in it; |\d+ folders? in it (is|are) closed )/,
        );
      });

    it("runs behind all others with every thread when it takes more processor time than its limit", () => {
      expect(hog("spinner").reason).toBeNull();
      expect(new Set(hog("spinner").priorities)).toEqual(new Set([10]));
      expect(hog("spinner").priorities.length).toBeGreaterThan(4);
      expect(hog("spinner").sessionPriority ?? 10).toBe(10);
    });

    it("has a limit of processor time from the kernel that the host moves on", () => {
      expect(hog("spinner").limits).toMatch(/^Max cpu time\s+[1-9]\d*\s+unlimited/m);
    });

    it("takes nothing from its neighbour, which receives a thousand events a second, nor from the host", () => {
      for (const { neighbour, hostGrowthBytes, crashes } of rounds) {
        expect(neighbour).toEqual({ delivered: 0, dropped: 0, state: "Running" });
        expect(hostGrowthBytes).toBeLessThan(96 * MIB);
        expect(Object.keys(crashes)).not.toContain("neighbour");
      }
    });
  },
);
