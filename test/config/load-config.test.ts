import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config.js";
import { tempDir } from "../kit/process-temp-dir.js";

async function load(toml: string, env: Record<string, string> = {}) {
  await using dir = await tempDir();
  const file = join(dir.path, "blvm-streams.toml");
  await writeFile(file, toml);
  const config = await loadConfig({ cwd: dir.path, env });
  return { config, dir: dir.path };
}

describe("loadConfig", () => {
  it("fills in every default when there is no file", async () => {
    await using dir = await tempDir();
    const config = await loadConfig({ cwd: dir.path });
    expect(config).toMatchObject({
      chain: { source: "replay" },
      http: { host: "127.0.0.1", port: 9332, allowed_hosts: [] },
      modules: { data_dir: join(dir.path, "data"), disabled_modules: [], stop_timeout_ms: 5000 },
      delivery: { capacity: 100, window: 1024, max_bytes: 4_194_304 },
      log: { level: "info", format: "auto" },
      file: undefined,
    });
    expect(config.modules.modules_dir).toBeUndefined();
  });

  it("takes blvm-streams.toml of the working directory when none is named", async () => {
    const { config, dir } = await load("[http]\nport = 7000\n");
    expect(config.http.port).toBe(7000);
    expect(config.file).toBe(join(dir, "blvm-streams.toml"));
  });

  it("resolves paths in a file against the file's own folder", async () => {
    await using dir = await tempDir();
    await mkdir(join(dir.path, "etc"));
    const file = join(dir.path, "etc", "node.toml");
    await writeFile(file, '[modules]\nmodules_dir = "../mods"\n[chain]\nfiles = ["a.raw", "/b.raw"]\n');
    const config = await loadConfig({ cwd: dir.path, file: "etc/node.toml" });
    expect(config.modules.modules_dir).toBe(join(dir.path, "mods"));
    expect(config.modules.data_dir).toBe(join(dir.path, "etc", "data"));
    expect(config.chain.files).toEqual([join(dir.path, "etc", "a.raw"), "/b.raw"]);
  });

  it("lets the environment override the file and flags override both", async () => {
    await using dir = await tempDir();
    await writeFile(
      join(dir.path, "blvm-streams.toml"),
      '[http]\nport = 1\nhost = "a"\n[log]\nlevel = "warn"\n',
    );
    const config = await loadConfig({
      cwd: dir.path,
      env: { BLVM_STREAMS_HTTP_PORT: "2", BLVM_STREAMS_HTTP_HOST: "b" },
      overrides: { http: { port: 3 } },
      dataDir: "elsewhere",
    });
    expect(config.http).toMatchObject({ port: 3, host: "b" });
    expect(config.log.level).toBe("warn");
    expect(config.modules.data_dir).toBe(join(dir.path, "elsewhere"));
  });

  it("reads lists, numbers, truths and tables from variables", async () => {
    const { config, dir } = await load("", {
      BLVM_STREAMS_CHAIN_FILES: "a.raw, b.raw",
      BLVM_STREAMS_CHAIN_EVENTS_PER_SECOND: "0.5",
      BLVM_STREAMS_CHAIN_LOOP: "true",
      BLVM_STREAMS_CHAIN_REORG: '{"every_blocks": 2}',
      BLVM_STREAMS_MODULES_ENABLED_MODULES: "",
      BLVM_STREAMS_UNRELATED: "x",
    });
    expect(config.chain).toMatchObject({
      files: [join(dir, "a.raw"), join(dir, "b.raw")],
      events_per_second: 0.5,
      loop: true,
      reorg: { every_blocks: 2, depth: 1 },
    });
    expect(config.modules.enabled_modules).toEqual([]);
  });

  it("refuses an unknown key with file, line, nearest and allowed keys", async () => {
    await expect(load("\n[http]\nhost = 'x'\nprot = 80\n")).rejects.toMatchObject({
      code: "CONFIG_UNKNOWN_KEY",
      details: { key: "http.prot", nearest: "http.port", allowed: ["host", "port", "allowed_hosts"] },
      message: expect.stringMatching(
        /blvm-streams\.toml:4: unknown key http\.prot, did you mean http\.port\?/,
      ),
    });
  });

  it("refuses an unknown section and an unknown variable of a section", async () => {
    await expect(load("[htp]\nport = 1\n")).rejects.toMatchObject({
      code: "CONFIG_UNKNOWN_KEY",
      details: { key: "htp", nearest: "http" },
    });
    await expect(load("", { BLVM_STREAMS_HTTP_PROT: "1" })).rejects.toMatchObject({
      code: "CONFIG_UNKNOWN_KEY",
      details: { key: "BLVM_STREAMS_HTTP_PROT", nearest: "BLVM_STREAMS_HTTP_PORT" },
    });
  });

  it("refuses a wrong value and says where, what and what else", async () => {
    await expect(load('[http]\nport = "many"\n')).rejects.toMatchObject({
      code: "CONFIG_BAD_VALUE",
      message: expect.stringMatching(/toml:2: http\.port is "many"; allowed: an integer from 0 to 65535;/),
    });
    await expect(load("http = 3\n")).rejects.toMatchObject({
      code: "CONFIG_BAD_VALUE",
      details: { key: "http" },
    });
    await expect(load("", { BLVM_STREAMS_LOG_LEVEL: "loud" })).rejects.toMatchObject({
      code: "CONFIG_BAD_VALUE",
      details: { place: "environment variable BLVM_STREAMS_LOG_LEVEL", key: "log.level", found: '"loud"' },
    });
  });

  it("refuses what is no TOML, with its line", async () => {
    await expect(load("[http]\nport = \n")).rejects.toMatchObject({
      code: "CONFIG_SYNTAX",
      details: { line: 2 },
    });
  });

  it("refuses a file of more than a mebibyte before parsing it", async () => {
    await expect(load(`#${"x".repeat(1024 * 1024)}`)).rejects.toMatchObject({ code: "CONFIG_TOO_LARGE" });
    await expect(load(`#${"x".repeat(1024 * 1024 - 1)}`)).resolves.toBeDefined();
  });

  it("refuses a named file that is absent, a folder, or no UTF-8", async () => {
    await using dir = await tempDir();
    await writeFile(join(dir.path, "latin"), Uint8Array.of(0x23, 0xe4));
    for (const file of ["absent.toml", ".", "latin"]) {
      await expect(loadConfig({ cwd: dir.path, file })).rejects.toMatchObject({ code: "CONFIG_UNREADABLE" });
    }
  });

  it("keeps the prototype of objects out of reach", async () => {
    await expect(load("[__proto__]\nport = 1\n")).rejects.toMatchObject({ code: "CONFIG_UNKNOWN_KEY" });
    await expect(load("[http]\n__proto__ = 1\n")).rejects.toMatchObject({ code: "CONFIG_UNKNOWN_KEY" });
    await expect(load("[modules.__proto__]\ndelivery.capacity = 1\n")).rejects.toMatchObject({
      code: "CONFIG_BAD_MODULE_NAME",
    });
    await expect(load("[modules.constructor]\n")).rejects.toMatchObject({ code: "CONFIG_BAD_MODULE_NAME" });
  });
});
