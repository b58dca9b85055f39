import { chmod, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setInterval } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, it, vi } from "vitest";
import { hostFolder, publishMany, statsOf } from "../../kit/host-whole.js";
import { compileAttacker } from "../../kit/sandbox-attack.js";
import { isMissing } from "../../kit/tool.js";
import { javascriptAttempts } from "./javascript-attempts.js";

const lacksTools = isMissing("bwrap", "bubblewrap") || isMissing("gcc", "gcc");
const place = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

it.skipIf(lacksTools)("an honest module keeps 1,000 events each second beside a hostile one", async () => {
  await using folder = await hostFolder();
  await using programs = await compileAttacker();
  await chmod(folder.path, 0o755);
  const secret = join(folder.path, "secret");
  await writeFile(secret, "the host's", { mode: 0o600 });
  const recorder = await readFile(place("test/fixtures/modules/recorder.js"), "utf8");
  await install(folder.modulesDir, "honest", recorder);
  const hostile = await readFile(place("test/fixtures/sandbox/hostile.mjs"), "utf8");
  const facts = {
    host_secret: secret,
    neighbour_file: join(folder.dataDir, "honest", "handled.log"),
    control_socket: join(folder.dataDir, "control.sock"),
    host_pid: process.pid,
    neighbour_code: join(folder.modulesDir, "honest", "main.mjs"),
    neighbour_pid: process.pid,
    neighbour_shm: "/dev/shm/other",
    neighbour_socket: join(folder.dataDir, ".sockets"),
    socket_dir: "/run/blvm",
    tcp_port: 9,
    dns_port: 9,
  };
  const toml = Object.entries(facts).map(([key, value]) => `${key} = ${JSON.stringify(String(value))}`);
  const evil = await install(folder.modulesDir, "hostile", hostile, toml.join("\n"));
  await copyFile(place("test/fixtures/sandbox/attacker.mjs"), join(evil, "attacker.mjs"));
  await copyFile(join(programs.path, "library.node"), join(evil, "library.node"));

  const host = folder.host({ sandbox: { mode: "auto" }, delivery: { capacity: 2000 } });
  await host.start();
  publishMany(host, "NewBlock", 1);
  const outcomes = () => readFile(join(folder.dataDir, "hostile", "outcomes.log"), "utf8").catch(() => "");
  await vi.waitFor(async () => expect(await outcomes()).not.toBe(""), { timeout: 12_000 });

  const published: number[] = [];
  for await (const _tick of setInterval(10)) {
    published.push(...publishMany(host, "MempoolTransactionAdded", 10));
    if (published.length >= 2000) break;
  }
  await vi.waitFor(async () => expect((await folder.recording("honest")).seqs).toEqual(published), {
    timeout: 10_000,
  });
  expect((await folder.recording("honest")).gaps).toEqual([]);
  expect(statsOf(host, "honest")).toMatchObject({ delivered: 2000, dropped_full: 0, failed: 0 });
  await vi.waitFor(async () => expect(await outcomes()).toContain("round\t1"), { timeout: 12_000 });
  const harmless = javascriptAttempts
    .filter(({ whyHarmless }) => whyHarmless)
    .flatMap(({ attempts }) => attempts);
  const succeeded = (await outcomes()).split("\n").filter((line) => line.endsWith("\tdone"));
  expect(succeeded.map((line) => line.slice(0, -5)).filter((name) => !harmless.includes(name))).toEqual([]);
  await host.close();
});

async function install(modulesDir: string, name: string, main: string, config = ""): Promise<string> {
  const folder = join(modulesDir, name);
  await mkdir(folder);
  const manifest = [
    `name = "${name}"`,
    'version = "1.0.0"',
    'entry_point = "main.mjs"',
    'capabilities = ["subscribe_events"]',
  ];
  await writeFile(join(folder, "module.toml"), manifest.join("\n"));
  await writeFile(join(folder, "config.toml"), config);
  await writeFile(join(folder, "main.mjs"), main.replace("blvm-streams/sdk", "./sdk.mjs"));
  await copyFile(place("dist/sdk/bundled.js"), join(folder, "sdk.mjs"));
  return folder;
}
