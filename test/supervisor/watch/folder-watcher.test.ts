import { execFile } from "node:child_process";
import { cp, mkdir, rename, rm, symlink, unlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { until } from "../../kit/host-until.js";
import { debounceMs, installPlain, manifestText, watchScene } from "./watch-scene.js";

describe("FolderWatcher", () => {
  it("tells of a changed entry point, with the module's real directory, and of nothing that was there before", async () => {
    await using scene = await watchScene();
    const directory = await scene.install("alpha");
    await scene.install("beta");
    await scene.watcher.start();
    await scene.install("alpha", "// second");
    await scene.hears("changed alpha");
    await scene.passes();
    expect(scene.told).toEqual(["changed alpha"]);
    expect(scene.directories).toEqual([directory]);
  });

  it("tells of both modules when two change within 10 ms", async () => {
    await using scene = await watchScene();
    await Promise.all([scene.install("alpha"), scene.install("beta")]);
    await scene.watcher.start();
    await Promise.all([scene.install("alpha", "// second"), scene.install("beta", "// second")]);
    await scene.hears("changed alpha", "changed beta");
  });

  it("tells once of a thousand writes within a second, after they ended", async () => {
    await using scene = await watchScene({ debounceMs: 500 });
    const file = join(await scene.install("alpha"), "dist", "main.js");
    await scene.watcher.start();
    let written = 0;
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        for (let burst = 0; burst < 5; burst++) void writeFile(file, `// ${written++}`);
        if (written < 1000) return;
        clearInterval(timer);
        resolve();
      }, 5);
    });
    expect(scene.told).toEqual([]);
    await scene.hears("changed alpha");
    await scene.passes();
    expect(scene.told).toEqual(["changed alpha"]);
  });

  it("is not held up by a module that never stops writing, and takes that one as it is after a while", async () => {
    await using scene = await watchScene();
    const file = join(await scene.install("restless"), "dist", "main.js");
    await scene.install("alpha");
    await scene.watcher.start();
    let written = 0;
    const timer = setInterval(() => void writeFile(file, `// ${written++}`), 5);
    try {
      await scene.install("alpha", "// second");
      await until("the other module is told", () => scene.told.includes("changed alpha"));
      await until("the restless one is told", () => scene.told.includes("changed restless"));
    } finally {
      clearInterval(timer);
    }
    expect(scene.log.messages().join()).toMatch(/files of restless have been changing for 500 ms/);
  });

  it.each([
    ["an editor writes beside and renames", replaceByRename],
    ["an editor moves the old file away first", replaceWithBackup],
    ["a version control system removes and creates", removeAndCreate],
  ])("tells once when %s", async (_how, replace) => {
    await using scene = await watchScene();
    const directory = await scene.install("alpha");
    await scene.watcher.start();
    for (const code of ["// second", "// third"]) {
      await replace(join(directory, "dist", "main.js"), code);
      const times = code === "// second" ? 1 : 2;
      await scene.hears(...new Array<string>(times).fill("changed alpha"));
    }
    await scene.passes();
    expect(scene.told).toHaveLength(2);
  });

  it("follows a directory that is swapped by renames, and what is written there afterwards", async () => {
    await using scene = await watchScene();
    const directory = await scene.install("alpha");
    await scene.watcher.start();
    const next = await installPlain(join(scene.path, "next"), "alpha", "// second");
    await rename(directory, join(scene.path, "old"));
    await rename(next, directory);
    await scene.hears("changed alpha");
    await scene.install("alpha", "// third");
    await scene.hears("changed alpha", "changed alpha");
    await writeFile(join(scene.path, "old", "dist", "main.js"), "// nobody's");
    await scene.passes();
    expect(scene.told).toHaveLength(2);
  });

  it("follows the whole folder of modules when it is swapped", async () => {
    await using scene = await watchScene();
    await Promise.all([scene.install("alpha"), scene.install("beta")]);
    await scene.watcher.start();
    const next = join(scene.path, "next");
    await installPlain(next, "alpha", "// second");
    await installPlain(next, "gamma");
    await rename(scene.modules, join(scene.path, "old"));
    await rename(next, scene.modules);
    await scene.hears("changed alpha", "gone beta", "appeared gamma");
    await scene.install("gamma", "// second");
    await scene.hears("changed alpha", "gone beta", "appeared gamma", "changed gamma");
  });

  it("watches for a folder of modules that is not there yet", async () => {
    await using scene = await watchScene();
    await rm(scene.modules, { recursive: true });
    await scene.watcher.start();
    await installPlain(join(scene.path, "next"), "alpha");
    await rename(join(scene.path, "next"), scene.modules);
    await scene.hears("appeared alpha");
  });

  it("follows a module that is a link, into its target and to another one", async () => {
    await using scene = await watchScene();
    const first = await installPlain(join(scene.path, "one"), "alpha");
    const second = await installPlain(join(scene.path, "two"), "alpha", "// second");
    await symlink(first, join(scene.modules, "alpha"));
    await scene.watcher.start();
    await writeFile(join(first, "dist", "main.js"), "// changed");
    await scene.hears("changed alpha");
    await symlink(second, join(scene.path, "link"));
    await rename(join(scene.path, "link"), join(scene.modules, "alpha"));
    await scene.hears("changed alpha", "changed alpha");
    expect(scene.directories).toEqual([first, second]);
  });

  it.each([
    ["cp -r", (from: string, to: string) => promisify(execFile)("cp", ["-r", from, to])],
    ["a copy file by file", (from: string, to: string) => cp(from, to, { recursive: true })],
    ["a rename", (from: string, to: string) => rename(from, to)],
  ])("tells once of a module that appears by %s", async (_how, move) => {
    await using scene = await watchScene();
    await scene.watcher.start();
    const source = await installPlain(join(scene.path, "elsewhere"), "alpha");
    await move(source, join(scene.modules, "alpha"));
    await scene.hears("appeared alpha");
    await scene.passes();
    expect(scene.told).toEqual(["appeared alpha"]);
  });

  it("tells of a configuration that is written, and of one that is deleted, as changes", async () => {
    await using scene = await watchScene();
    const config = join(await scene.install("alpha"), "config.toml");
    await scene.watcher.start();
    await writeFile(config, "a = 1\n");
    await scene.hears("changed alpha");
    await unlink(config);
    await scene.hears("changed alpha", "changed alpha");
  });

  it("tells that a module is gone when its directory or its manifest is, and appears when it is back", async () => {
    await using scene = await watchScene();
    const alpha = await scene.install("alpha");
    const beta = await scene.install("beta");
    await scene.watcher.start();
    await rm(alpha, { recursive: true });
    await unlink(join(beta, "module.toml"));
    await scene.hears("gone alpha", "gone beta");
    expect([...scene.directories].sort()).toEqual([alpha, beta]);
    await Promise.all([scene.install("alpha"), scene.install("beta")]);
    await scene.hears("gone alpha", "gone beta", "appeared alpha", "appeared beta");
  });

  it("tells that a module went and another came when the manifest has another name", async () => {
    await using scene = await watchScene();
    const directory = await scene.install("alpha");
    await scene.watcher.start();
    await writeFile(join(directory, "module.toml"), manifestText("omega"));
    await scene.hears("gone alpha", "appeared omega");
    expect(scene.told).toEqual(["gone alpha", "appeared omega"]);
  });

  it("tells nothing while a manifest is half written, and says once what is missing", async () => {
    await using scene = await watchScene();
    const directory = await scene.install("alpha");
    await scene.watcher.start();
    const text = manifestText("alpha");
    await writeFile(join(directory, "module.toml"), text.slice(0, 30));
    await until("it says why it waits", () => scene.log.lines.length > 0);
    await scene.passes();
    expect(scene.told).toEqual([]);
    expect(scene.log.messages()).toEqual([
      expect.stringMatching(/alpha is left as it was loaded \(alpha\): .*module\.toml:2/),
    ]);
    await writeFile(join(directory, "module.toml"), `${text}description = "whole"\n`);
    await scene.hears("changed alpha");
  });

  it("tells nothing while an entry point is away for a new build", async () => {
    await using scene = await watchScene();
    const directory = await scene.install("alpha");
    await scene.watcher.start();
    await rm(join(directory, "dist"), { recursive: true });
    await until("it says why it waits", () => /nothing to run at/.test(scene.log.messages().join()));
    expect(scene.told).toEqual([]);
    await mkdir(join(directory, "dist"));
    await scene.passes();
    await writeFile(join(directory, "dist", "main.js"), "// second");
    await scene.hears("changed alpha");
  });

  it("watches all of an entry point that is a directory, once it has an index", async () => {
    await using scene = await watchScene();
    const directory = await scene.install("alpha");
    await rm(join(directory, "dist", "main.js"));
    await scene.watcher.start();
    await writeFile(
      join(directory, "module.toml"),
      'name = "alpha"\nversion = "1.0.0"\nentry_point = "dist"\n',
    );
    await writeFile(join(directory, "dist", "part.js"), "// imported");
    await until("it says why it waits", () => /has no index\.js/.test(scene.log.messages().join()));
    await writeFile(join(directory, "dist", "index.js"), "// first");
    await scene.hears("appeared alpha");
    await writeFile(join(directory, "dist", "part.js"), "// second");
    await scene.hears("appeared alpha", "changed alpha");
  });

  it("watches the program alone of a module that is no JavaScript, wherever cargo puts it", async () => {
    await using scene = await watchScene();
    const directory = await scene.install("alpha");
    await writeFile(join(directory, "module.toml"), 'name = "alpha"\nversion = "1.0.0"\n');
    await scene.watcher.start();
    const release = join(directory, "target", "release");
    await mkdir(release, { recursive: true });
    await writeFile(join(release, "alpha"), "program", { mode: 0o755 });
    await scene.hears("appeared alpha");
    await mkdir(join(release, "incremental"));
    await writeFile(join(release, "alpha.d"), "dependencies");
    await scene.passes();
    await writeFile(join(release, "alpha"), "another program", { mode: 0o755 });
    await scene.hears("appeared alpha", "changed alpha");
  });

  it("does not announce a directory before it has a manifest that can be parsed", async () => {
    await using scene = await watchScene();
    await scene.watcher.start();
    const directory = join(scene.modules, "alpha");
    await mkdir(join(directory, "dist"), { recursive: true });
    await writeFile(join(directory, "dist", "main.js"), "// first");
    await scene.passes();
    await writeFile(join(directory, "module.toml"), "name = ");
    await scene.passes();
    expect(scene.told).toEqual([]);
    await writeFile(join(directory, "module.toml"), manifestText("alpha"));
    await scene.hears("appeared alpha");
  });

  it("tells nothing of a touch, of the same bytes written anew, and of a new directory with the same contents", async () => {
    await using scene = await watchScene();
    const directory = await scene.install("alpha");
    await scene.watcher.start();
    const now = new Date();
    await utimes(join(directory, "dist", "main.js"), now, now);
    await scene.install("alpha");
    await scene.passes();
    const next = await installPlain(join(scene.path, "next"), "alpha");
    await rename(directory, join(scene.path, "old"));
    await rename(next, directory);
    await scene.passes();
    expect(scene.told).toEqual([]);
  });

  it("tells nothing of files that don't run: sources, tests, documents, packages, editor's leftovers", async () => {
    await using scene = await watchScene();
    const directory = await scene.install("alpha");
    await scene.watcher.start();
    await mkdir(join(directory, "src"));
    await mkdir(join(directory, "dist", "node_modules"));
    const files = [
      "README.md",
      "src/main.ts",
      "dist/.main.js.swp",
      "dist/main.js~",
      "dist/node_modules/a.js",
    ];
    for (const file of files) await writeFile(join(directory, file), "// not run");
    await writeFile(join(scene.modules, "notes.txt"), "no module");
    await scene.passes();
    expect(scene.told).toEqual([]);
    await writeFile(join(directory, "dist", "part.js"), "// imported");
    await scene.hears("changed alpha");
  });

  it("goes on when a callback throws, and says so", async () => {
    let calls = 0;
    await using scene = await watchScene({
      onChanged: () => {
        calls++;
        throw new Error("the manager is busy");
      },
    });
    await scene.install("alpha");
    await scene.watcher.start();
    await scene.install("alpha", "// second");
    await until("the callback was called", () => calls === 1);
    await scene.install("alpha", "// third");
    await until("the callback was called again", () => calls === 2);
    expect(scene.log.messages()).toContain("handling that alpha changed failed");
  });
});

async function replaceByRename(file: string, code: string): Promise<void> {
  await writeFile(`${file}.tmp`, code);
  await rename(`${file}.tmp`, file);
}

async function replaceWithBackup(file: string, code: string): Promise<void> {
  await rename(file, `${file}~`);
  await writeFile(file, code);
  await unlink(`${file}~`);
}

async function removeAndCreate(file: string, code: string): Promise<void> {
  await unlink(file);
  await new Promise<void>((resolve) => setTimeout(resolve, debounceMs / 2));
  await writeFile(file, code);
}
