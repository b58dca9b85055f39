import { spawn } from "node:child_process";
import { once } from "node:events";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { until } from "../kit/host-until.js";
import { distUrl } from "../kit/process-dist.js";
import { tempDir } from "../kit/process-temp-dir.js";

interface Line {
  readonly msg: string;
  readonly code?: string;
  readonly target?: string;
}

/** `blvm-streams up` in a folder of its own, with what it has logged so far. */
function startUp(cwd: string, env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [fileURLToPath(distUrl("cli/main.js")), "up"], {
    cwd,
    env: {
      PATH: process.env.PATH,
      BLVM_STREAMS_MODULES_DATA_DIR: "data",
      BLVM_STREAMS_SANDBOX_MODE: "off",
      ...env,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  const lines = () =>
    text
      .slice(0, text.lastIndexOf("\n") + 1)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Line);
  const count = (claim: (line: Line) => boolean) => lines().filter(claim).length;
  return {
    count,
    text: () => text,
    says: (msg: string, target?: string) =>
      until(
        msg,
        () => count((line) => line.msg === msg && (target === undefined || line.target === target)) > 0,
      ),
    async stop() {
      child.kill("SIGTERM");
      return (await once(child, "exit"))[0] as number | null;
    },
    [Symbol.dispose]: () => void child.kill("SIGKILL"),
  };
}

const head = "[http]\nport = 0\n[chain]\nevents_per_second = 50\n";

describe("a host process whose configuration file changes", () => {
  it("follows it through replacements, garbage and absence, under the environment it was started with", async () => {
    await using dir = await tempDir();
    const file = join(dir.path, "blvm-streams.toml");
    await writeFile(file, head);
    using host = startUp(dir.path, { BLVM_STREAMS_MODULES_MEMPOOL_STATS__WINDOW_SECONDS: "30" });
    await until("both modules are loaded", () => host.count(({ msg }) => msg === "module is loaded") === 2);

    await writeFile(`${file}~`, `${head}[modules.block-watcher]\nfees = false\nwebhook_secret = "hush"\n`);
    await rename(`${file}~`, file);
    await host.says("the configuration changed: modules.block-watcher");
    await host.says("configuration changed: fees is now false", "block-watcher");

    await rm(file);
    await until("the absence is told", () => host.count(({ code }) => code === "CONFIG_INVALID") === 1);
    await writeFile(file, Uint8Array.of(0, 255, 1, 254));
    await until("the garbage is told", () => host.count(({ code }) => code === "CONFIG_INVALID") === 2);

    // The environment is stronger than the file, at start and ever after.
    await writeFile(file, `${head}[modules.mempool-stats]\nwindow_seconds = 1\n`);
    await host.says("configuration changed: fees is now true", "block-watcher");
    expect(host.count(({ msg }) => msg.includes("window_seconds"))).toBe(0);
    expect(await host.stop()).toBe(0);
    expect(host.text()).not.toContain("hush");
  }, 60_000);
});
