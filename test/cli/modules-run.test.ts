import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { AuthorRun } from "../../src/cli/author-run.js";
import { until } from "../kit/host-until.js";
import { distUrl } from "../kit/process-dist.js";
import { type TempDir, tempDir } from "../kit/process-temp-dir.js";
import { runCommand } from "./run-in-process.js";

const cli = fileURLToPath(distUrl("cli/main.js"));

interface RunningCommand extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly exited: Promise<number | null>;
  text(): string;
  shows(what: RegExp, withinMs?: number): Promise<void>;
}

/** A module in `module` below the folder, and the command that runs it; temporary files lie in the folder too. */
function start(dir: TempDir, ...options: readonly string[]): RunningCommand {
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith("BLVM_"));
  const child = spawn(process.execPath, [cli, "modules", "run", "module", ...options], {
    cwd: dir.path,
    env: { ...Object.fromEntries(clean), NO_COLOR: "1", TMPDIR: join(dir.path, "tmp") },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  const exited = once(child, "close").then(([code]) => code as number | null);
  return {
    process: child,
    exited,
    text: () => text,
    async shows(what, withinMs = 30_000) {
      await until(`${what} is shown`, () => what.test(text), withinMs).catch((error: unknown) => {
        throw new Error(`${String(error)}; shown was:\n${text}`);
      });
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

async function newModule(dir: TempDir): Promise<string> {
  await mkdir(join(dir.path, "tmp"));
  const made = await runCommand(["modules", "create", "my-module", "--dir", join(dir.path, "module")]);
  expect([made.code, made.stderr]).toEqual([0, ""]);
  return join(dir.path, "module", "src", "watch-blocks.ts");
}

/** A chain that plays one small block over and over, quickly. */
async function quickChain(dir: TempDir): Promise<readonly string[]> {
  const file = join(dir.path, "quick.toml");
  const block = fileURLToPath(new URL("../fixtures/real-blocks/482683.raw", import.meta.url));
  await writeFile(
    file,
    `[chain]\nfiles = [${JSON.stringify(block)}]\nloop = true\nevents_per_second = 300\n`,
  );
  return ["--config", file];
}

async function edit(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, "utf8");
  expect(text).toContain(from);
  await writeFile(file, text.replace(from, to));
}

describe("blvm-streams modules run", { timeout: 120_000 }, () => {
  it("runs a module from its sources, reports deliveries, and ends cleanly on Ctrl-C", async () => {
    await using dir = await tempDir();
    await newModule(dir);
    await using run = start(dir);
    await run.shows(/^-- my-module 0\.1\.0 runs \(pid \d+\)/m);
    await run.shows(/ INFO {2}my-module: block \d+, \d+ behind the tip seq=\d+ block_hash=[0-9a-f]{64}$/m);
    await run.shows(
      /^-- my-module: matched \+\d+ \(\d+\), delivered \+\d+ \(\d+\), dropped \+0 \(0\), p99 [≤>] [\d.]+ ms$/m,
    );
    run.process.kill("SIGINT");
    expect(await run.exited).toBe(0);
    expect(await readdir(join(dir.path, "tmp"))).toEqual([]);
  });

  it("reloads what is saved, and keeps the old version while the new one can't be built", async () => {
    await using dir = await tempDir();
    const source = await newModule(dir);
    await using run = start(dir, "--watch", ...(await quickChain(dir)));
    await run.shows(/reloaded when its files change/);
    await edit(source, "behind the tip", "blocks late");
    await run.shows(/^-- my-module 0\.1\.0 is reloaded, in \d+ ms$/m);
    await run.shows(/block \d+, \d+ blocks late/);
    await edit(source, "await module.subscribeEvents", "await module.subscribeEvents(((");
    await run.shows(/^-- {3}.*module\/src\/watch-blocks\.ts:\d+:\d+: .*$/m);
    await run.shows(/^-- my-module goes on as it was$/m);
    const shown = run.text().length;
    await until("the old version goes on", () => /blocks late/.test(run.text().slice(shown)));
    await edit(source, "await module.subscribeEvents(((", "await module.subscribeEvents");
    await edit(join(dir.path, "module", "module.toml"), "0.1.0", "0.2.0");
    await run.shows(/^-- my-module 0\.2\.0 is reloaded/m);
    run.process.kill("SIGTERM");
    expect(await run.exited).toBe(0);
    expect(await readdir(join(dir.path, "tmp"))).toEqual([]);
  });

  it("waits for a module that can't be built yet, and for one that crashes at its start", async () => {
    await using dir = await tempDir();
    const source = await newModule(dir);
    await edit(source, "export async function", "export async function oops (");
    await using run = start(dir, "--watch", ...(await quickChain(dir)));
    await run.shows(/can't be bundled into one file/);
    await run.shows(/reloaded when its files change/);
    await edit(source, "export async function oops (", "throw new Error('not yet');\nexport async function");
    await run.shows(/my-module: .*not yet/);
    await edit(source, "throw new Error('not yet');\n", "");
    await run.shows(/^-- my-module 0\.1\.0 is reloaded/m);
    await run.shows(/behind the tip/);
  });

  it("exits with 1 and the reason when the module can't be built", async () => {
    await using dir = await tempDir();
    await writeFile(await newModule(dir), "((");
    await using run = start(dir);
    expect(await run.exited).toBe(1);
    expect(run.text()).toMatch(/^blvm-streams: .*can't be bundled/m);
    expect(await readdir(join(dir.path, "tmp"))).toEqual([]);
  });

  it("fails with the reason when the module does not load", async () => {
    await using dir = await tempDir();
    const module = join(dir.path, "module");
    await mkdir(module);
    await writeFile(join(module, "module.toml"), 'name = "a"\nversion = "1.0.0"\nentry_point = "main.mjs"\n');
    await writeFile(join(module, "main.mjs"), "process.exit(3);\n");
    const output = { stdout: new PassThrough(), stderr: new PassThrough(), columns: undefined };
    const options = { path: module, folder: join(dir.path, "run"), configFile: undefined, isWatching: false };
    const run = new AuthorRun(options, output);
    try {
      await expect(run.start()).rejects.toMatchObject({
        code: "RUN_NOT_LOADED",
        message: expect.stringMatching(/^a did not load \(.*\), a module that is run has to; mend it/),
      });
    } finally {
      await run.close();
    }
  });

  it("runs a module without sources where it lies", async () => {
    await using dir = await tempDir();
    const directory = join(dir.path, "module");
    await mkdir(directory);
    await mkdir(join(dir.path, "tmp"));
    await writeFile(
      join(directory, "module.toml"),
      'name = "plain"\nversion = "1.0.0"\nentry_point = "main.mjs"\n',
    );
    const sdk = JSON.stringify(distUrl("sdk/index.js"));
    const code = (word: string) =>
      `import { defineModule } from ${sdk};\ndefineModule({ setup(m) { m.log.info("${word}"); return m.subscribeEvents([]); } });\n`;
    await writeFile(join(directory, "main.mjs"), code("first"));
    await using run = start(dir, "--watch");
    await run.shows(/plain: first/);
    await run.shows(/reloaded when its files change/);
    await writeFile(join(directory, "main.mjs"), code("second"));
    await run.shows(/plain: second/);
    // Starting to watch is no change.
    expect(run.text().match(/plain: first/g)).toHaveLength(1);
  });
});

describe("blvm-streams modules create, bundle and run", () => {
  it("explain themselves with examples, and are called wrongly without their arguments", async () => {
    for (const command of ["create", "bundle", "run"]) {
      const help = await runCommand(["modules", command, "--help"]);
      expect([help.code, help.stderr]).toEqual([0, ""]);
      expect(help.stdout).toContain("Examples:");
      expect((await runCommand(["modules", command])).code).toBe(2);
    }
  });

  it("exit with 1 and a sentence for what can't be", async () => {
    await using dir = await tempDir();
    expect(await runCommand(["modules", "create", "Bad_Name", "--dir", join(dir.path, "new")])).toMatchObject(
      {
        code: 1,
        stderr: expect.stringMatching(/^blvm-streams: "Bad_Name" is no name for a module/),
      },
    );
    expect((await runCommand(["modules", "bundle", dir.path])).stderr).toMatch(/module\.toml/);
    expect((await runCommand(["modules", "run", dir.path])).stderr).toMatch(/module\.toml/);
  });

  it("say where the bundle is", async () => {
    await using dir = await tempDir();
    await newModule(dir);
    const outFile = join(dir.path, "one.mjs");
    const { code, stdout } = await runCommand([
      "modules",
      "bundle",
      join(dir.path, "module"),
      "--out",
      outFile,
    ]);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/one\.mjs: \d+ KiB, from .*module\/src\/main\.ts\n$/),
    ]);
    await promisify(execFile)(process.execPath, ["--check", outFile]);
  });
});
