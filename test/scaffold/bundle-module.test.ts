import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { bundleModule } from "../../src/scaffold/index.js";
import { findCode } from "../../src/security/index.js";
import { type TempDir, tempDir } from "../kit/process-temp-dir.js";

const run = promisify(execFile);

async function write(dir: TempDir, files: Readonly<Record<string, string>>): Promise<void> {
  const manifest = 'name = "alpha"\nversion = "1.0.0"\nentry_point = "dist/main.js"\n';
  for (const [path, text] of Object.entries({ "module.toml": manifest, ...files })) {
    await mkdir(join(dir.path, path, ".."), { recursive: true });
    await writeFile(join(dir.path, path), text);
  }
}

describe("bundleModule", () => {
  it("makes one file that plain node runs, with typed sources and all libraries in it", async () => {
    await using dir = await tempDir();
    await write(dir, {
      "src/main.ts": [
        'import { z } from "zod";',
        'import { readConfig } from "blvm-streams/sdk";',
        'import { greet } from "./greet.js";',
        'const config = readConfig(z.object({ times: z.int() }), { times: "3" }, "alpha");',
        "process.stdout.write(greet(config.times));",
      ].join("\n"),
      "src/greet.ts": 'export const greet = (times: number): string => "hi ".repeat(times);',
    });
    const bundle = await bundleModule({ directory: dir.path });
    expect(bundle).toMatchObject({
      sourceFile: join(dir.path, "src", "main.ts"),
      outFile: join(dir.path, "dist", "main.js"),
      warnings: [],
    });
    const bytes = await readFile(bundle.outFile);
    expect(bytes.length).toBe(bundle.sizeBytes);
    expect(await readdir(join(dir.path, "dist"))).toEqual(["main.js"]);
    await using elsewhere = await tempDir();
    await writeFile(join(elsewhere.path, "alone.mjs"), bytes);
    expect((await run(process.execPath, [join(elsewhere.path, "alone.mjs")])).stdout).toBe("hi hi hi ");
  });

  it("lets modules declare what libraries of the old kind need: require, __dirname, __filename", async () => {
    await using dir = await tempDir();
    await write(dir, {
      "src/main.ts": [
        'import { createRequire } from "node:module";',
        'import { fileURLToPath } from "node:url";',
        'import old from "./old.cjs";',
        "const require = createRequire(import.meta.url);",
        "const __filename = fileURLToPath(import.meta.url);",
        'process.stdout.write(JSON.stringify([old, require("node:path").sep, __filename.endsWith("main.mjs")]));',
      ].join("\n"),
      "src/old.cjs": 'module.exports = [require("node:os").EOL, typeof __dirname, typeof __filename];',
    });
    const { outFile } = await bundleModule({ directory: dir.path, outFile: join(dir.path, "main.mjs") });
    const { stdout } = await run(process.execPath, [outFile]);
    expect(JSON.parse(stdout)).toEqual([["\n", "string", "string"], "/", true]);
  });

  it("names each problem with file, line and column, and leaves the old bundle", async () => {
    await using dir = await tempDir();
    await write(dir, {
      "dist/main.js": "old",
      "src/main.ts":
        'import "./absent.js";\nimport "unheard-of";\nimport { nothing } from "./other.js";\nnothing();\n',
      "src/other.ts": "export const something = 1\n",
    });
    const error = await bundleModule({ directory: dir.path }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "BUNDLE_FAILED" });
    const { message } = error as Error;
    expect(message).toContain(`${join(dir.path, "src/main.ts")}:1:8: Could not resolve "./absent.js"`);
    expect(message).toContain(`${join(dir.path, "src/main.ts")}:2:8: Could not resolve "unheard-of"`);
    expect(await readFile(join(dir.path, "dist/main.js"), "utf8")).toBe("old");
    expect(await readdir(join(dir.path, "dist"))).toEqual(["main.js"]);
  });

  it("shows the first twenty problems and counts the others", async () => {
    await using dir = await tempDir();
    const imports = Array.from({ length: 25 }, (_, n) => `import "./absent${n}.js";`);
    await write(dir, { "src/main.ts": imports.join("\n") });
    const error = await bundleModule({ directory: dir.path }).catch((thrown: unknown) => thrown);
    const { message } = error as Error;
    expect(message.match(/Could not resolve/g)).toHaveLength(20);
    expect(message).toMatch(/and 5 more$/);
  });

  it.each([
    ["alpha", "alpha.mjs"],
    ["dist/alpha", "dist/alpha.mjs"],
    ["alpha.js", "alpha.js"],
    ["alpha.cjs", "alpha.cjs"],
  ])("makes of the entry point %s a file that a host runs: %s", async (entryPoint, file) => {
    await using dir = await tempDir();
    await write(dir, {
      "module.toml": `name = "alpha"\nversion = "1.0.0"\nentry_point = "${entryPoint}"\n`,
      "src/alpha.ts": [
        'import { basename } from "node:path";',
        'import { readConfig } from "blvm-streams/sdk";',
        'process.stdout.write([typeof readConfig, basename(import.meta.url)].join(" "));',
      ].join("\n"),
    });
    const { outFile } = await bundleModule({ directory: dir.path });
    expect(outFile).toBe(join(dir.path, file));
    expect((await findCode(dir.path, entryPoint)).entryPath).toBe(outFile);
    await writeFile(join(dir.path, "package.json"), '{ "type": "module" }');
    const { stdout } = await run(process.execPath, [outFile]);
    expect(stdout).toBe(`function ${basename(file)}`);
  });

  it("replaces the script that a host finds first for an entry point without ending", async () => {
    await using dir = await tempDir();
    await write(dir, { "module.toml": 'name = "alpha"\nversion = "1.0.0"\n', "alpha.js": "old" });
    await expect(bundleModule({ directory: dir.path })).rejects.toMatchObject({ code: "BUNDLE_NO_SOURCE" });
    await write(dir, {
      "module.toml": 'name = "alpha"\nversion = "1.0.0"\n',
      "src/alpha.ts": "export {};",
    });
    expect((await bundleModule({ directory: dir.path })).outFile).toBe(join(dir.path, "alpha.js"));
  });

  it("refuses an entry point that is no script by its name", async () => {
    await using dir = await tempDir();
    const manifest = 'name = "alpha"\nversion = "1.0.0"\nentry_point = "alpha.bin"\n';
    await write(dir, { "module.toml": manifest, "src/alpha.ts": "" });
    await expect(bundleModule({ directory: dir.path })).rejects.toMatchObject({
      code: "BUNDLE_FAILED",
      message: expect.stringContaining('entry_point is "alpha.bin", a bundle is a .js, .mjs or .cjs file'),
    });
    expect(await readdir(dir.path)).toEqual(["module.toml", "src"]);
  });

  it("says what it looked for when there is no source", async () => {
    await using dir = await tempDir();
    await write(dir, { "dist/main.js": "// made by hand" });
    await expect(bundleModule({ directory: dir.path })).rejects.toMatchObject({
      code: "BUNDLE_NO_SOURCE",
      message: expect.stringContaining(join(dir.path, "src", "main.ts")),
    });
  });

  it("refuses a place that can't be written", async () => {
    await using dir = await tempDir();
    await write(dir, { "src/main.ts": "" });
    const bundling = bundleModule({ directory: dir.path, outFile: "/proc/self/main.js" });
    await expect(bundling).rejects.toMatchObject({
      code: "BUNDLE_FAILED",
      message: expect.stringContaining("/proc/self/main.js can't be written"),
    });
  });
});
