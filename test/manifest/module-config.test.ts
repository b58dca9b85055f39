import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { flattenConfig, mergeModuleConfig, readModuleConfig } from "../../src/manifest/index.js";
import { tempDir } from "../kit/process-temp-dir.js";

async function read(text: string): Promise<Record<string, string>> {
  await using dir = await tempDir();
  await writeFile(join(dir.path, "config.toml"), text);
  return Object.fromEntries(await readModuleConfig(dir.path));
}

describe("readModuleConfig", () => {
  it("flattens tables to dotted keys and lists to commas", async () => {
    const text =
      'Top = "x"\nlist = ["a", 2, true]\nempty = []\n[limits]\nper_day = 5\n[limits.deep]\n"a b" = 1.5';
    expect(await read(text)).toEqual({
      top: "x",
      list: "a,2,true",
      empty: "",
      "limits.per_day": "5",
      "limits.deep.a b": "1.5",
    });
  });

  it("keeps the text form of every kind of value", async () => {
    expect(
      await read("a = 9223372036854775807\nb = inf\nc = -inf\nd = nan\ne = 1979-05-27\nf = false"),
    ).toEqual({
      a: "9223372036854775807",
      b: "inf",
      c: "-inf",
      d: "nan",
      e: "1979-05-27",
      f: "false",
    });
  });

  it("flattens a list of tables by index", async () => {
    expect(await read("[[peer]]\nhost = 'a'\n[[peer]]\nhost = 'b'")).toEqual({
      "peer.0.host": "a",
      "peer.1.host": "b",
    });
  });

  it("is empty without a file", async () => {
    await using dir = await tempDir();
    expect((await readModuleConfig(dir.path)).size).toBe(0);
  });

  it.each([
    ["MODULE_CONFIG_INVALID", "a = = 1"],
    ["MODULE_CONFIG_INVALID", '"a=b" = 1'],
    ["MODULE_CONFIG_INVALID", 'a = "x\\u0000"'],
    ["MODULE_CONFIG_INVALID", "a = 1\nA = 2"],
    ["MODULE_CONFIG_INVALID", `${"a.".repeat(40)}a = 1`],
    ["MODULE_CONFIG_TOO_LARGE", "#".repeat(65_537)],
    ["BAD_KEY", "[__proto__]\na = 1"],
  ])("refuses with %s what no module could be given: %.20j", async (code, text) => {
    await expect(read(text)).rejects.toMatchObject({ code });
  });

  it("refuses a folder in place of the file", async () => {
    await using dir = await tempDir();
    await mkdir(join(dir.path, "config.toml"));
    await expect(readModuleConfig(dir.path)).rejects.toMatchObject({ code: "MODULE_CONFIG_INVALID" });
  });
});

describe("flattenConfig", () => {
  it("refuses a value that has no text form", () => {
    expect(() => flattenConfig({ a: { b: null } }, "[modules.x]")).toThrow(
      expect.objectContaining({
        code: "MODULE_CONFIG_INVALID",
        message: expect.stringContaining("[modules.x]: a.b"),
      }),
    );
  });
});

describe("mergeModuleConfig", () => {
  it("lets later layers override earlier ones, whatever the case", () => {
    const merged = mergeModuleConfig(flattenConfig({ Rate: 1, keep: "k" }), flattenConfig({ rate: 2 }));
    expect(Object.fromEntries(merged)).toEqual({ rate: "2", keep: "k" });
  });
});
