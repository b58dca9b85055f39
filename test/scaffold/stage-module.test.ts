import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { stageModule } from "../../src/scaffold/index.js";
import { type TempDir, tempDir } from "../kit/process-temp-dir.js";

const manifest = 'name = "alpha"\nversion = "1.0.0"\nentry_point = "main.js"\n';
const packageJson = '{ "name": "mine", "type": "module", "scripts": { "precious": "yes" } }';

/** A module's own folder, and one for a host. */
async function folders(dir: TempDir, files: Readonly<Record<string, string>>) {
  const [directory, modulesDir] = [join(dir.path, "mine"), join(dir.path, "modules")];
  await mkdir(modulesDir);
  await write(directory, files);
  return {
    directory,
    modulesDir,
    staged: (file: string) => readFile(join(modulesDir, "module", file), "utf8"),
  };
}

async function write(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
}

describe("stageModule", () => {
  it("writes nothing to the folder of a module that gets its first source", async () => {
    await using dir = await tempDir();
    const files = { "module.toml": manifest, "package.json": packageJson, "main.js": "// by hand" };
    const { directory, modulesDir, staged } = await folders(dir, files);
    expect((await stageModule(directory, modulesDir)).contentHash).toBeUndefined();
    await write(directory, { "src/main.ts": 'console.log("from source" as string);' });

    expect((await stageModule(directory, modulesDir)).contentHash).toMatch(/^[0-9a-f]{64}$/);

    for (const [file, text] of Object.entries(files))
      expect(await readFile(join(directory, file), "utf8")).toBe(text);
    expect(await staged("main.js")).toContain("from source");
    expect(await staged("package.json")).not.toContain("precious");
    expect(await readdir(modulesDir)).toEqual(["module"]);
  });

  it("keeps what it linked while the first source can't be bundled", async () => {
    await using dir = await tempDir();
    const files = { "module.toml": manifest, "main.js": "// by hand" };
    const { directory, modulesDir, staged } = await folders(dir, files);
    await stageModule(directory, modulesDir);
    await write(directory, { "src/main.ts": "((" });
    await expect(stageModule(directory, modulesDir)).rejects.toMatchObject({ code: "BUNDLE_FAILED" });
    expect(await staged("main.js")).toBe("// by hand");
  });

  it("leaves hash and signatures of what was signed out of a bundle's manifest, and nothing else", async () => {
    await using dir = await tempDir();
    const seal = [
      "[binary]",
      `hash = "sha256:${"ab".repeat(32)}"`,
      "size = 5",
      "[signatures]",
      'threshold = "1-of-1"',
      "[[signatures.maintainers]]",
      'name = "alice"',
      `public_key = "02${"ab".repeat(32)}"`,
      `signature = "${"cd".repeat(64)}"`,
    ];
    const rest = "# mine\n[config_schema]\nkey = 'of mine'\n";
    const signed = `${manifest}${seal.join("\n")}\n${rest}`;
    const { directory, modulesDir, staged } = await folders(dir, {
      "module.toml": signed,
      "src/main.ts": "",
    });
    await stageModule(directory, modulesDir);
    expect(await staged("module.toml")).toBe(manifest + rest);
    expect(await readFile(join(directory, "module.toml"), "utf8")).toBe(signed);
  });

  it("links a program that is no script, whatever sources lie beside it", async () => {
    await using dir = await tempDir();
    const native = manifest.replace("main.js", "main.bin");
    const files = { "module.toml": native, "main.bin": "", "src/main.ts": "" };
    const { directory, modulesDir } = await folders(dir, files);
    await stageModule(directory, modulesDir);
    expect((await stat(join(modulesDir, "module"))).ino).toBe((await stat(directory)).ino);
  });
});
