import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { errorCode } from "../../src/errors.js";
import { defaultCapabilities, parseManifest, readManifest } from "../../src/manifest/index.js";
import { tempDir } from "../kit/process-temp-dir.js";

const head = 'name = "watcher"\nversion = "1.2.3"\n';

const absentSections = {
  dependencies: new Map(),
  optionalDependencies: new Map(),
  configSchema: new Map(),
  rpcOverrides: [],
  binary: undefined,
  signatures: undefined,
  governance: undefined,
  compatibility: { testedWith: [] },
  downloads: new Map(),
  payment: undefined,
};

function refusal(text: string): { code: string | undefined; message: string } {
  try {
    parseManifest(text, "module.toml");
  } catch (error) {
    return { code: errorCode(error), message: error instanceof Error ? error.message : "" };
  }
  return { code: undefined, message: "" };
}

describe("parseManifest", () => {
  it("reads the fields at the top of a manifest", () => {
    const text = `${head}entry_point = "bin/run.js"\ndescription = "d"\nauthor = "a"\ncapabilities = ["read_mempool"]`;
    expect(parseManifest(text, "module.toml")).toEqual({
      name: "watcher",
      version: "1.2.3",
      entryPoint: "bin/run.js",
      description: "d",
      author: "a",
      capabilities: ["read_mempool"],
      ...absentSections,
    });
  });

  it("fills absent fields with the documented defaults", () => {
    const manifest = parseManifest(head, "module.toml");
    expect(manifest.entryPoint).toBe("watcher");
    expect(manifest.description).toBe("");
    expect(manifest.capabilities).toEqual(defaultCapabilities);
  });

  it("ignores keys and sections that it does not know", () => {
    const text = `${head}zzz = 1\n[dependencies]\nother = ">=1.0"\n[binaries]\nhash = "00"\n[unknown.deep]\nx = [1]`;
    expect(parseManifest(text, "module.toml").name).toBe("watcher");
  });

  it("accepts a byte order mark and Windows line ends", () => {
    expect(parseManifest(`\uFEFF${head.replaceAll("\n", "\r\n")}`, "module.toml").version).toBe("1.2.3");
  });

  it.each([
    "",
    "../../x",
    "a/b",
    "A",
    "wаtcher",
    "-a",
    "a_b",
    "x".repeat(65),
    "data_dir",
    "trust",
    "constructor",
    "blvm-node",
  ])("refuses the name %j", (name) => {
    const { code } = refusal(`name = ${JSON.stringify(name)}\nversion = "1.0"`);
    expect(code).toBe("BAD_NAME");
  });

  it("shows a look-alike letter by its code", () => {
    expect(refusal('name = "w\u0430tcher"\nversion = "1.0"').message).toContain("w\\u0430tcher");
  });

  it("refuses a manifest without a name or version", () => {
    expect(refusal('version = "1.0"').code).toBe("BAD_NAME");
    expect(refusal('name = "a"').code).toBe("BAD_VERSION");
    expect(refusal('name = 3\nversion = "1.0"').code).toBe("BAD_NAME");
  });

  it.each([
    "1",
    "v1.2.3",
    "1.2.3.4",
    "1.x",
    "1.2.3-",
    "1.2-a..b",
    "1.2+",
    "4294967296.0",
    "",
    " 1.2",
    `1.2-${"a".repeat(200)}`,
  ])("refuses the version %j", (version) => {
    expect(refusal(`name = "a"\nversion = ${JSON.stringify(version)}`).code).toBe("BAD_VERSION");
  });

  it.each(["1.2", "0.0.1", "4294967295.0", "1.2.3-rc.1+build.5", "1.2-beta"])(
    "accepts the version %j",
    (version) => {
      expect(parseManifest(`name = "a"\nversion = "${version}"`, "module.toml").version).toBe(version);
    },
  );

  it.each(["", ".", "./", "..", "a/../b", "/bin/sh", "\\bin", "C:x", "a\u0000b", "a\nb", "x".repeat(1025)])(
    "refuses the entry point %j",
    (entryPoint) => {
      expect(refusal(`${head}entry_point = ${JSON.stringify(entryPoint)}`).code).toBe("BAD_ENTRY_POINT");
    },
  );

  it("refuses a method of the node that no module may answer", () => {
    expect(refusal(`${head}rpc_overrides = ["getblock"]`).code).toBe("BAD_RPC_OVERRIDE");
    expect(refusal(`${head}rpc_overrides = ["getdescriptorinfo", "analyzepsbt"]`).code).toBeUndefined();
  });

  it("refuses a description that is no text", () => {
    expect(refusal(`${head}description = 5`).code).toBe("BAD_MANIFEST");
  });

  it("names file, line and key of a syntax error", () => {
    const { code, message } = refusal(`${head}author = \n`);
    expect(code).toBe("BAD_MANIFEST");
    expect(message).toContain("module.toml:3: document: found Invalid TOML document");
  });

  it.each([
    ["__proto__ = 1", 3],
    ["[a.constructor]", 3],
    ["a = { prototype = 1 }", 3],
    ["a.__proto__.b = 1", 3],
    ['"__proto__" = 1', 3],
    ["a = [[{ constructor = 1 }]]", 3],
  ])("refuses the unsafe key in %j and pollutes nothing", (line, lineNumber) => {
    const { code, message } = refusal(`${head}${line}`);
    expect(code).toBe("BAD_KEY");
    expect(message).toContain(`module.toml:${lineNumber}:`);
    expect(Object.hasOwn(Object.prototype, "b")).toBe(false);
  });

  it("refuses more than 64 KiB before parsing", () => {
    const fits = `${head}# ${"x".repeat(65_536 - head.length - 2)}`;
    expect(parseManifest(fits, "module.toml").name).toBe("watcher");
    expect(refusal(`${fits}x`).code).toBe("MANIFEST_TOO_LARGE");
    expect(refusal(`= not toml = ${"é".repeat(33_000)}`).code).toBe("MANIFEST_TOO_LARGE");
  });
});

describe("readManifest", () => {
  it("names the path of a manifest that it refuses", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "module.toml");
    await writeFile(path, "name = 1");
    await expect(readManifest(path)).rejects.toMatchObject({ code: "BAD_NAME", details: { file: path } });
  });

  it("refuses what is absent, no file, too large or no UTF-8", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "module.toml");
    await expect(readManifest(path)).rejects.toMatchObject({ code: "BAD_MANIFEST" });
    await writeFile(path, Buffer.from([0x23, 0xff]));
    await expect(readManifest(path)).rejects.toThrow("no UTF-8");
    await writeFile(path, "#".repeat(65_537));
    await expect(readManifest(path)).rejects.toMatchObject({ code: "MANIFEST_TOO_LARGE" });
    await mkdir(join(dir.path, "folder"));
    await expect(readManifest(join(dir.path, "folder"))).rejects.toMatchObject({ code: "BAD_MANIFEST" });
  });
});
