import { spawn } from "node:child_process";
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { silentLogger } from "../../src/log.js";
import { moduleEnvironment } from "../../src/supervisor/launch.js";
import { spawnModule } from "../../src/supervisor/module-process.js";
import { distUrl } from "../kit/process-dist.js";
import { firstLine, launchCommandLine, launchScript, wholeText } from "../kit/process-launch.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { gone } from "../kit/process-watch.js";
import { commandWithoutSandbox } from "../kit/sandbox-off.js";

const leakyHost = fileURLToPath(new URL("../kit/process-leaky-host.mjs", import.meta.url));

describe("spawnModule", () => {
  afterEach(() => vi.unstubAllEnvs());

  it("gives the child its own environment and nothing of the host's", async () => {
    vi.stubEnv("HOST_SECRET", "hunter2");
    vi.stubEnv("NODE_OPTIONS", "--no-warnings");
    await using dir = await tempDir();
    const entryPath = join(dir.path, "main.cjs");
    await writeFile(entryPath, "process.stdout.write(require('fs').readFileSync('/proc/self/environ'))");
    const identity = { moduleId: "probe_1", dataDir: dir.path, socketPath: "/run/s" };
    const config = new Map([["rate", "5"]]);
    const environment = moduleEnvironment({ ...identity, moduleName: "probe", config });
    const command = await commandWithoutSandbox({ entryPath, dataDir: dir.path }, { args: [], environment });
    const child = spawnModule({ log: silentLogger }, { ...command, dataDir: dir.path, token: "secret" });
    const variables = (await wholeText(child.stdout)).split("\0").filter((line) => line !== "");
    expect(variables.sort()).toEqual([
      "BLVM_IPC_FD=3",
      `DATA_DIR=${dir.path}`,
      "MODULE_CONFIG_RATE=5",
      "MODULE_ID=probe_1",
      "MODULE_NAME=probe",
      "SOCKET_PATH=/run/s",
    ]);
    await child.exited;
  });

  it("keeps the host's coverage setting from the child", async () => {
    await using dir = await tempDir();
    vi.stubEnv("NODE_V8_COVERAGE", dir.path);
    await using script = await launchScript("console.log(Object.keys(process.env).join())");
    expect(await wholeText(script.process.stdout)).toBe("MODULE_NAME\n");
  });

  it("writes the token as the one line of standard input", async () => {
    await using script = await launchScript("process.stdin.pipe(process.stdout)", "0123abcd");
    expect(await wholeText(script.process.stdout)).toBe("0123abcd\n");
  });

  it("offers descriptor 3 as a channel in both directions", async () => {
    const echo = "const s = new (require('net').Socket)({ fd: 3 }); s.pipe(s);";
    await using script = await launchScript(echo);
    script.process.channel.write("ping\n");
    expect(await firstLine(script.process.channel)).toBe("ping");
  });

  it("starts the child in its data directory", async () => {
    await using script = await launchCommandLine("/bin/pwd", []);
    expect(await wholeText(script.process.stdout)).toBe(`${script.dataDir}\n`);
  });

  it("hands down no descriptor that the host itself was left with", async () => {
    await using dir = await tempDir();
    await using secret = await open(join(dir.path, "secret"), "w+");
    const unused = Array<"ignore">(40).fill("ignore");
    const host = spawn(process.execPath, [leakyHost, distUrl("supervisor/module-process.js")], {
      stdio: ["ignore", "pipe", "inherit", secret.fd, ...unused, secret.fd],
    });
    const listing = await wholeText(host.stdout as Readable);
    const targets = [...listing.matchAll(/ (\d+) -> (.*)/g)].map(([, fd, target]) => [Number(fd), target]);
    expect(targets.filter(([fd]) => Number(fd) <= 3)).toHaveLength(4);
    expect(targets).toContainEqual([44, "/dev/null"]);
    expect(listing).not.toContain("secret");
  });

  it.each([
    ["process.exit(0)", "exited with code 0 though nobody asked it to stop"],
    ["process.exit(1)", "exited with code 1"],
    ["process.exitCode = 42", "exited with code 42"],
    ["process.kill(process.pid, 'SIGKILL')", "killed by SIGKILL"],
    ["process.kill(process.pid, 'SIGTERM')", "killed by SIGTERM"],
    ["process.kill(process.pid, 'SIGSEGV')", "killed by SIGSEGV"],
    ["process.kill(process.pid, 'SIGHUP')", "killed by SIGHUP"],
    ["process.abort()", "killed by SIGABRT"],
  ])("tells how %s ended", async (script, reason) => {
    await using launched = await launchScript(script);
    expect((await launched.process.exited).reason).toBe(reason);
    expect(launched.process.hasExited).toBe(true);
  });

  it("reports a program that does not exist as an exit", async () => {
    await using launched = await launchCommandLine("/no/such/program", []);
    const { reason } = await launched.process.exited;
    expect(reason).toContain("could not be started: ENOENT: /no/such/program");
    expect(launched.process.pid).toBeUndefined();
    expect(launched.process.channel.destroyed).toBe(true);
  });

  it("reports a program that may not be run as an exit", async () => {
    await using launched = await launchCommandLine("/etc/passwd", []);
    expect((await launched.process.exited).reason).toMatch(/^could not be started: .*EACCES/);
  });

  it("reports arguments that are too long as an exit", async () => {
    await using launched = await launchCommandLine("/bin/true", ["x".repeat(300_000)]);
    expect((await launched.process.exited).reason).toMatch(/^could not be started: .*E2BIG/);
  });

  it("survives a child that closes its standard input unread", async () => {
    await using launched = await launchCommandLine(
      "/bin/sh",
      ["-c", "exec 0<&-; exit 3"],
      "t".repeat(1_000_000),
    );
    expect((await launched.process.exited).reason).toBe("exited with code 3");
  });

  it("kills a stopped process and its children with the group", async () => {
    await using launched = await launchCommandLine("/bin/sh", ["-c", "sleep 1000 & echo $!; wait"]);
    const childPid = Number(await firstLine(launched.process.stdout));
    process.kill(launched.process.pid ?? 0, "SIGSTOP");
    launched.process.kill();
    expect((await launched.process.exited).reason).toBe("killed by SIGKILL");
    await gone(childPid, 5000);
  });

  it("kills the children that a module leaves behind", async () => {
    await using launched = await launchCommandLine("/bin/sh", ["-c", "sleep 1000 & echo $!; exit 1"]);
    const childPid = Number(await firstLine(launched.process.stdout));
    await launched.process.exited;
    await gone(childPid, 5000);
  });

  it("takes the process out of the terminal's own group", async () => {
    await using launched = await launchCommandLine("/bin/sh", [
      "-c",
      "cut -d' ' -f5,6 /proc/self/stat; sleep 1000",
    ]);
    const pid = launched.process.pid;
    expect(await firstLine(launched.process.stdout)).toBe(`${pid} ${pid}`);
  });
});
