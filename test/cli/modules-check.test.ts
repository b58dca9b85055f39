import { chmod, copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { manifestErrors } from "../../src/manifest/index.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { runCommand } from "./run-in-process.js";

const sample = fileURLToPath(new URL("../fixtures/manifests/sample.toml", import.meta.url));
const head = 'name = "watcher"\nversion = "1.2.3"\n';

interface Finding {
  readonly code: string;
  readonly line: number;
  readonly key: string;
}

/** Checks a folder with these files and gives its answer, the folder's path cut out. */
async function check(files: Readonly<Record<string, string>>, ...options: string[]) {
  await using dir = await tempDir();
  const directory = join(dir.path, "module");
  await mkdir(directory);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  const { code, stdout, stderr } = await runCommand(["modules", "check", directory, ...options]);
  const cut = (text: string) => text.replaceAll(`${directory}/`, "");
  return { code, stdout: cut(stdout), stderr: cut(stderr) };
}

describe("modules check", () => {
  it("says OK with what a host would read", async () => {
    const manifest = `${head}capabilities = ["read_utxo"]\n[dependencies]\nblvm-node = "^0.1"\nother = ""\n[optional_dependencies]\nthird = "1.x"`;
    const { code, stdout, stderr } = await check({ "module.toml": manifest, "watcher.js": "" });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(`OK watcher 1.2.3
   capabilities: read_utxo
   dependencies: blvm-node ^0.1; other *
   optional dependencies: third 1.x
`);
  });

  it("prints every fault on a line of its own, in the order of the file, and exits with 1", async () => {
    const { code, stdout, stderr } = await check({
      "module.toml":
        'version = "1"\nentry_point = "../x"\n[dependencies]\nb = "latest"\n[binary]\nhash = "<hash>"\nsize = "big"',
      "config.toml": "a = = 1",
    });
    expect(code).toBe(1);
    expect(stdout.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^module\.toml: name: found nothing; allowed: .* \[BAD_NAME\]$/),
      expect.stringMatching(/^module\.toml:1: version: found "1"; allowed: .* \[BAD_VERSION\]$/),
      expect.stringMatching(
        /^module\.toml:2: entry_point: found "\.\.\/x"; allowed: .* \[BAD_ENTRY_POINT\]$/,
      ),
      expect.stringMatching(/^module\.toml:4: dependencies\.b: found "latest", .* \[BAD_DEPENDENCY\]$/),
      expect.stringMatching(
        /^module\.toml:6: binary\.hash: found "<hash>", which only holds .* \[PLACEHOLDER\]$/,
      ),
      expect.stringMatching(/^module\.toml:7: binary\.size: found "big"; allowed: .* \[BAD_MANIFEST\]$/),
      expect.stringMatching(/^config\.toml:1: document: found .* \[MODULE_CONFIG_INVALID\]$/),
    ]);
    const summary = manifestErrors.MANIFEST_FAULTY({ file: "module.toml", faults: 7 });
    expect(summary.code).toBe("MANIFEST_FAULTY");
    expect(stderr).toBe(`blvm-streams: ${summary.message}\n`);
  });

  it("names exactly the placeholders of the documents' sample", async () => {
    await using dir = await tempDir();
    await copyFile(sample, join(dir.path, "module.toml"));
    await writeFile(join(dir.path, "lightning-network"), "#!/bin/sh\n");
    await chmod(join(dir.path, "lightning-network"), 0o755);
    const { code, stdout, stderr } = await runCommand(["modules", "check", dir.path, "--json"]);
    const answer: { ok: boolean; faults: Finding[]; warnings: unknown[] } = JSON.parse(stdout);
    expect([code, answer.ok, answer.warnings]).toEqual([1, false, []]);
    expect(answer.faults.map(({ code, line, key }) => `${code} ${line} ${key}`).sort()).toEqual([
      "PLACEHOLDER 15 signatures.maintainers[0].key",
      "PLACEHOLDER 15 signatures.maintainers[0].signature",
      "PLACEHOLDER 16 signatures.maintainers[1].key",
      "PLACEHOLDER 16 signatures.maintainers[1].signature",
      "PLACEHOLDER 21 binary.hash",
    ]);
    expect(stderr).toContain("found 5 faults");
  });

  it("warns of unknown keys and of an entry point that is not there, and exits with 0", async () => {
    const { code, stdout } = await check({ "module.toml": `${head}desciption = "x"` });
    expect(code).toBe(0);
    expect(stdout.split("\n").slice(0, 3)).toEqual([
      "module.toml:3: warning: desciption: no key that this version knows; it is ignored; did you mean description?",
      expect.stringMatching(/^module\.toml: warning: entry_point: .*watcher\.js/),
      "OK watcher 1.2.3",
    ]);
  });

  it("takes an entry point that can't be run for a fault", async () => {
    await using dir = await tempDir();
    await writeFile(join(dir.path, "module.toml"), head);
    await symlink("/bin/sh", join(dir.path, "watcher"));
    const { code, stdout } = await runCommand(["modules", "check", join(dir.path, "module.toml")]);
    expect(code).toBe(1);
    expect(stdout).toContain("[BAD_ENTRY_POINT]");
  });

  it("takes for an entry point what a host runs, directories and the folder above too", async () => {
    const files = { "module.toml": `${head}entry_point = "app"`, "app/index.mjs": "" };
    expect((await check(files)).stdout).toMatch(/^OK watcher/);
    const shared = { "module.toml": head, "../watcher.mjs": "" };
    expect((await check(shared)).stdout).toMatch(/^OK watcher/);
    const empty = { "module.toml": `${head}entry_point = "app"`, "app/main.js": "" };
    expect((await check(empty)).stdout).toMatch(
      /^module\.toml: entry_point: found .*app, a directory without index\.js; allowed: .* \[BAD_ENTRY_POINT\]$/m,
    );
  });

  it("prints the same as one JSON object", async () => {
    const files = { "module.toml": `${head}x = 1\n[dependencies]\nother = ">=1"`, "watcher.js": "" };
    const { code, stdout } = await check(files, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      file: "module.toml",
      name: "watcher",
      version: "1.2.3",
      dependencies: { other: ">=1" },
      optional_dependencies: {},
      faults: [],
      warnings: [{ line: 3, key: "x" }],
    });
  });

  it("says of a path without a manifest that there is none", async () => {
    await using dir = await tempDir();
    for (const path of [dir.path, join(dir.path, "absent.toml")]) {
      const { code, stdout, stderr } = await runCommand(["modules", "check", path]);
      expect(code).toBe(1);
      expect(stdout).toMatch(/document: found no such file; allowed: .* \[BAD_MANIFEST\]\n$/);
      expect(stderr).toContain("found 1 fault; allowed: none");
    }
    await mkdir(join(dir.path, "module.toml"));
    expect((await runCommand(["modules", "check", dir.path])).stdout).toContain("no regular file");
  });

  it("explains itself in --help", async () => {
    const { code, stdout } = await runCommand(["modules", "check", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("Examples:");
  });
});
