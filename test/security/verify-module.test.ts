import { execFileSync } from "node:child_process";
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseManifest } from "../../src/manifest/index.js";
import { measureModule } from "../../src/security/measure-module.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { plainManifest, signModule, trust, verify, writeFiles } from "./signed-module.js";

async function moduleIn(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  const directory = join(folder, "probe");
  await writeFiles(directory, files);
  return directory;
}

function manifestOf(text: string) {
  return parseManifest(text, "module.toml");
}

function run(entryPath: string): string {
  return execFileSync(process.execPath, [entryPath], { encoding: "utf8" });
}

function plainMode(path: string): Promise<number> {
  return stat(path).then(({ mode }) => mode & 0o7777);
}

const strict = { requireSignatures: true };

describe("verifyModule", () => {
  it("runs a copy of exactly what was signed, and says by whom", async () => {
    await using dir = await tempDir();
    const directory = await moduleIn(dir.path, { "main.js": "process.stdout.write('verified')" });
    const manifest = await signModule(directory, plainManifest, 2, "alice", "bob");
    const verified = await verify(directory, manifest, { ...strict, trust: trust(2, "alice", "bob") });
    expect(verified).toMatchObject({
      isCopy: true,
      entryPath: join(dir.path, "copy/code/main.js"),
      codeHash: manifest.binary?.hash,
      sizeBytes: 32,
      signers: ["alice", "bob"],
      warnings: [],
    });
    await writeFile(join(directory, "main.js"), "process.stdout.write('swapped!')");
    expect(run(verified.entryPath)).toBe("verified");
    await verified.removeCopy();
    await verified.removeCopy();
    expect(await readdir(dir.path)).toEqual(["probe"]);
  });

  it("copies a directory with all it holds, read-only and without special bits (H51)", async () => {
    await using dir = await tempDir();
    const directory = await moduleIn(dir.path, {
      "dist/index.js": "import { a } from './lib/a.js'; process.stdout.write(a)",
      "dist/lib/a.js": "export const a = 'from the tree'",
      "dist/tool": "",
      "package.json": '{ "type": "module", "imports": { "#a": "./elsewhere.js" } }',
    });
    await chmod(join(directory, "dist/tool"), 0o4755);
    const text = plainManifest.replace("main.js", "dist");
    const manifest = await signModule(directory, text, 1, "alice");
    const verified = await verify(directory, manifest, { ...strict, trust: trust(1, "alice") });
    expect(run(verified.entryPath)).toBe("from the tree");
    const at = (name: string) => join(dir.path, "copy", name);
    expect(await plainMode(at("code/dist/tool"))).toBe(0o555);
    expect(await plainMode(at("code/dist/lib/a.js"))).toBe(0o444);
    expect(await plainMode(at("code/dist/lib"))).toBe(0o755);
    expect(await readFile(at("package.json"), "utf8")).toBe('{"type":"module"}\n');
  });

  it.each([
    ["import 'node:fs'; process.stdout.write(typeof require)", '{ "type": "module" }', "undefined"],
    ["process.stdout.write(typeof require)", '{ "type": "commonjs" }', "function"],
    ["process.stdout.write(typeof require)", '{ "name": "probe" }', "function"],
    ["import 'node:fs'; process.stdout.write(typeof require)", undefined, "undefined"],
  ])("reads a lone .js file as its package.json says: %s with %s", async (code, packageJson, expected) => {
    await using dir = await tempDir();
    await writeFile(join(dir.path, "package.json"), '{ "type": "nonsense above the module" }');
    const directory = await moduleIn(dir.path, {
      "main.js": code,
      ...(packageJson === undefined ? {} : { "package.json": packageJson }),
    });
    const manifest = await signModule(directory, plainManifest, 1, "alice");
    const { entryPath } = await verify(directory, manifest, { trust: trust(1, "alice") });
    expect(run(entryPath)).toBe(expected);
  });

  it("refuses a package.json that was changed in what it says of .js files", async () => {
    await using dir = await tempDir();
    const directory = await moduleIn(dir.path, { "main.js": "", "package.json": '{ "type": "module" }' });
    const manifest = await signModule(directory, plainManifest, 1, "alice");
    await writeFile(join(directory, "package.json"), "{}");
    const verified = verify(directory, manifest, { trust: trust(1, "alice") });
    await expect(verified).rejects.toMatchObject({ code: "BAD_SIGNATURE" });
  });

  it.each([
    ["no JSON", "{"],
    ["no object", "null"],
    ["too much", `${" ".repeat(1024 * 1024)}{}`],
  ])("refuses a package.json that is %s", async (_, text) => {
    await using dir = await tempDir();
    const directory = await moduleIn(dir.path, { "main.js": "", "package.json": text });
    const measured = measureModule(manifestOf(plainManifest), directory);
    await expect(measured).rejects.toMatchObject({
      code: "BAD_BINARY",
      message: expect.stringContaining("package.json"),
    });
  });

  it("refuses a linked package.json and one that is a pipe", async () => {
    await using dir = await tempDir();
    const directory = await moduleIn(dir.path, { "main.js": "", "lib/main.js": "", "real.json": "{}" });
    await symlink("real.json", join(directory, "package.json"));
    execFileSync("mkfifo", [join(directory, "lib/package.json")]);
    for (const entry of ["main.js", "lib/main.js"]) {
      const measured = measureModule(manifestOf(plainManifest.replace("main.js", entry)), directory);
      await expect(measured).rejects.toMatchObject({ code: "BAD_BINARY" });
    }
  });

  it("runs an executable file as such", async () => {
    await using dir = await tempDir();
    const directory = await moduleIn(dir.path, { probe: "#!/bin/sh\nprintf native" });
    await chmod(join(directory, "probe"), 0o755);
    const manifest = await signModule(directory, plainManifest.replace("main.js", "probe"), 1, "alice");
    const { entryPath } = await verify(directory, manifest, { trust: trust(1, "alice") });
    expect(execFileSync(entryPath, { encoding: "utf8" })).toBe("native");
  });

  it("compares hash and size of [binary] also without signatures", async () => {
    await using dir = await tempDir();
    const directory = await moduleIn(dir.path, { "main.js": "1234" });
    const { hash } = await measureModule(manifestOf(plainManifest), directory);
    const binary = (hash: string, size: string) =>
      manifestOf(`${plainManifest}[binary]\nhash = "${hash}"\n${size}`);
    const verified = await verify(directory, binary(hash, ""));
    expect(verified).toMatchObject({
      isCopy: true,
      signers: [],
      warnings: [expect.stringContaining("not signed")],
    });
    await verified.removeCopy();
    await expect(verify(directory, binary(hash, "size = 5"))).rejects.toMatchObject({
      code: "SIZE_MISMATCH",
      details: { expectedBytes: 5, actualBytes: 4 },
    });
    await expect(verify(directory, binary("0f".repeat(32), "size = 4"))).rejects.toMatchObject({
      code: "HASH_MISMATCH",
      details: { actual: hash },
    });
    expect(await readdir(dir.path)).toEqual(["probe"]);
  });

  it("runs a signed module without [binary] whose code is the signed one, and refuses other code", async () => {
    await using dir = await tempDir();
    const directory = await moduleIn(dir.path, { "main.js": "1" });
    const signed = await signModule(directory, plainManifest, 1, "alice");
    const manifest = { ...signed, binary: undefined };
    const verified = await verify(directory, manifest, { trust: trust(1, "alice") });
    expect(verified).toMatchObject({ isCopy: true, signers: ["alice"] });
    await verified.removeCopy();
    await writeFile(join(directory, "main.js"), "2");
    const changed = verify(directory, manifest, { trust: trust(1, "alice") });
    await expect(changed).rejects.toMatchObject({ code: "BAD_SIGNATURE" });
  });

  it("refuses the code and the signatures of another version (H63)", async () => {
    await using dir = await tempDir();
    const directory = await moduleIn(dir.path, { "main.js": "old" });
    const old = await signModule(directory, plainManifest, 1, "alice");
    const newer = plainManifest.replace("1.0.0", "1.0.1");
    await writeFile(join(directory, "main.js"), "new");
    const current = await signModule(directory, newer, 1, "alice");
    const rules = { ...strict, trust: trust(1, "alice") };
    const replayed = { ...current, binary: old.binary, signatures: old.signatures };
    await expect(verify(directory, replayed, rules)).rejects.toMatchObject({ code: "HASH_MISMATCH" });
    await writeFile(join(directory, "main.js"), "old");
    await expect(verify(directory, replayed, rules)).rejects.toMatchObject({ code: "BAD_SIGNATURE" });
  });

  it("runs a module that claims nothing where it lies, and refuses it where signatures are required", async () => {
    await using dir = await tempDir();
    const directory = await moduleIn(dir.path, { "main.js": "", "dist/index.mjs": "" });
    const manifest = manifestOf(plainManifest);
    expect(await verify(directory, manifest)).toMatchObject({
      isCopy: false,
      entryPath: join(directory, "main.js"),
      codeHash: undefined,
      warnings: [expect.stringContaining("not signed")],
    });
    const tree = await verify(directory, manifestOf(plainManifest.replace("main.js", "dist")));
    expect(tree.entryPath).toBe(join(directory, "dist/index.mjs"));
    await tree.removeCopy();
    await expect(verify(directory, manifest, strict)).rejects.toMatchObject({ code: "UNSIGNED_MODULE" });
    expect(await readdir(dir.path)).toEqual(["probe"]);
  });

  it("says that the copy can't be made where its folder exists, and leaves that alone", async () => {
    await using dir = await tempDir();
    const directory = await moduleIn(dir.path, { "main.js": "" });
    const manifest = await signModule(directory, plainManifest, 1, "alice");
    await mkdir(join(dir.path, "copy"));
    await writeFile(join(dir.path, "copy/kept"), "");
    await writeFile(join(dir.path, "file"), "");
    const rules = { trust: trust(1, "alice") };
    await expect(verify(directory, manifest, rules)).rejects.toMatchObject({ code: "CODE_COPY_FAILED" });
    const below = { ...rules, copyDir: join(dir.path, "file/copy") };
    await expect(verify(directory, manifest, below)).rejects.toMatchObject({ code: "CODE_COPY_FAILED" });
    expect(await readdir(join(dir.path, "copy"))).toEqual(["kept"]);
  });

  it("leaves no half copy behind when the code turns out too large", async () => {
    await using dir = await tempDir();
    const directory = await moduleIn(dir.path, { "dist/index.js": "12345", "dist/more.js": "12345" });
    const manifest = await signModule(directory, plainManifest.replace("main.js", "dist"), 1, "alice");
    const limits = { maxEntries: 10, maxBytes: 9, maxDepth: 3 };
    const verified = verify(directory, manifest, { trust: trust(1, "alice"), limits });
    await expect(verified).rejects.toMatchObject({ code: "CODE_TOO_LARGE" });
    expect(await readdir(dir.path)).toEqual(["probe"]);
  });

  it("leaves no half copy behind when one of many files is refused", async () => {
    await using dir = await tempDir();
    const files = Array.from({ length: 60 }, (_, index) => [`dist/f${index}`, "x".repeat(10_000)]);
    const directory = await moduleIn(dir.path, { "dist/index.js": "", ...Object.fromEntries(files) });
    const manifest = await signModule(directory, plainManifest.replace("main.js", "dist"), 1, "alice");
    await symlink("index.js", join(directory, "dist/f60"));
    const verified = verify(directory, manifest, { trust: trust(1, "alice") });
    await expect(verified).rejects.toMatchObject({ code: "BAD_BINARY" });
    expect(await readdir(dir.path)).toEqual(["probe"]);
  });
});

describe("a signature", () => {
  it("breaks with any bit of any byte of the code", async () => {
    await using dir = await tempDir();
    const code = Buffer.from("process.stdout.write('x')");
    const directory = await moduleIn(dir.path, { "main.js": code });
    const signed = await signModule(directory, plainManifest, 1, "alice");
    const manifest = { ...signed, binary: undefined };
    for (let at = 0; at < code.length; at++) {
      const changed = Buffer.from(code);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      await writeFile(join(directory, "main.js"), changed);
      const verified = verify(directory, manifest, { trust: trust(1, "alice") });
      await expect(verified).rejects.toMatchObject({ code: "BAD_SIGNATURE" });
    }
  });
});

describe("an entry point that is no code (H68)", () => {
  it.each([
    ["a link, signed", "link.js", "symbolic link", true],
    ["a link to elsewhere, unsigned", "escape.js", "outside", false],
    ["a directory without index", "empty", "without index", false],
    ["a directory without index, signed", "empty", "without index", true],
    ["without execute permission", "plain", "execute permission", false],
    ["without execute permission, signed", "plain", "execute permission", true],
    ["a script for a strange interpreter", "script", "a script for", false],
    ["a script for a strange interpreter, signed", "script", "a script for", true],
    ["a pipe", "pipe", "no regular file", false],
    ["a pipe, signed", "pipe", "no regular file", true],
    ["absent", "absent.js", "can't be read", false],
    ["absent, signed", "absent.js", "can't be read", true],
  ])("is refused: %s", async (_, entry, word, isSigned) => {
    await using dir = await tempDir();
    const directory = await moduleIn(dir.path, {
      "main.js": "",
      plain: "",
      script: "#!/tmp/evil\n",
      "empty/a.js": "",
    });
    await chmod(join(directory, "script"), 0o755);
    await symlink("main.js", join(directory, "link.js"));
    await symlink("/etc/hostname", join(directory, "escape.js"));
    execFileSync("mkfifo", [join(directory, "pipe")]);
    const plain = manifestOf(plainManifest.replace("main.js", entry));
    const signed = await signModule(directory, plainManifest, 1, "alice");
    const manifest = isSigned ? { ...signed, entryPoint: entry } : plain;
    await expect(verify(directory, manifest)).rejects.toMatchObject({
      code: "BAD_BINARY",
      message: expect.stringContaining(word),
    });
    expect(await readdir(dir.path)).toEqual(["probe"]);
  });

  it("is refused when a link that was followed led to it, though the path that was found is a file", async () => {
    await using dir = await tempDir();
    const directory = await moduleIn(dir.path, { "main.js": "" });
    await symlink("main.js", join(directory, "link.js"));
    const signed = await signModule(directory, plainManifest, 1, "alice");
    const entryPath = join(directory, "main.js");
    const verified = verify(directory, { ...signed, entryPoint: "link.js" }, { entryPath });
    await expect(verified).rejects.toMatchObject({ code: "BAD_BINARY" });
  });
});
