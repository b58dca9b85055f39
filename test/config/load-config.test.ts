import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultDataDir } from "../../src/config/default-data-dir.js";
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
      chain: { pace: "events_per_second" },
      devnet: { activity: true, persist: true },
      bitcoin_core: { url: "http://127.0.0.1:8332" },
      http: { host: "127.0.0.1", port: 9332, allowed_hosts: [] },
      modules: { data_dir: resolve(dir.path, defaultDataDir()), disabled_modules: [], stop_timeout_ms: 5000 },
      delivery: { capacity: 100, window: 1024, max_bytes: 4_194_304 },
      log: { level: "info", format: "auto" },
      file: undefined,
    });
    expect(config.modules.modules_dir).toBeUndefined();
  });

  it("keeps the state of a host that is root in a folder of the system, of any other beside its configuration", () => {
    expect([0, 1000].map(defaultDataDir)).toEqual(["/var/lib/blvm-streams", "data"]);
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
    expect(config.modules.data_dir).toBe(resolve(dir.path, "etc", defaultDataDir()));
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
      details: { key: "http.prot", nearest: "http.port", allowed: expect.arrayContaining(["host", "port"]) },
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

  it("does not show the wrong value of a key that names a secret", async () => {
    const error = await load('[http]\nrpc_token = "hush"\n').catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: "CONFIG_BAD_VALUE", details: { key: "http.rpc_token" } });
    expect(String(error)).not.toContain("hush");
  });

  it("lays flags, variables and the file over one another key by key in the tables of modules", async () => {
    await using dir = await tempDir();
    const file = join(dir.path, "blvm-streams.toml");
    await writeFile(
      file,
      '[modules.web-hook]\nurl = "a"\nload = "on_demand"\n[modules.web-hook.retry]\ntimes = 1\nwait_s = 2\n',
    );
    const config = await loadConfig({
      cwd: dir.path,
      env: {
        BLVM_STREAMS_MODULES_WEB_HOOK__RETRY__TIMES: "3",
        BLVM_STREAMS_MODULES_WEB_HOOK__LIMITS__WARN_PERCENT: "50",
        BLVM_STREAMS_MODULES_WEB_HOOK__DELIVERY__CAPACITY: "7",
        BLVM_STREAMS_MODULES_OTHER__LIST: "x,y",
      },
      overrides: { modules: { "web-hook": { retry: { wait_s: 9 } } } },
    });
    expect(config.moduleSettings.get("web-hook")).toMatchObject({
      config: { url: "a", retry: { times: "3", wait_s: 9 } },
      rules: { load: "on_demand", limits: { warn_percent: 50, max_cpu_percent: 50 } },
      delivery: { capacity: 7, window: 1024 },
    });
    expect(config.moduleSettings.get("other")?.config).toEqual({ list: "x,y" });
  });

  it("lets a variable override a module's key whose name no variable can have", async () => {
    const toml = "[modules.x]\nmaxFee = 5\nmin-fee = 1\n[modules.x.webHook]\nretryMs = 3";
    const { config } = await load(toml, {
      BLVM_STREAMS_MODULES_X__MAXFEE: "6",
      BLVM_STREAMS_MODULES_X__MIN_FEE: "2",
      BLVM_STREAMS_MODULES_X__WEBHOOK__RETRYMS: "4",
      BLVM_STREAMS_MODULES_X__OTHER: "7",
    });
    expect(config.moduleSettings.get("x")?.config).toEqual({
      maxFee: "6",
      "min-fee": "2",
      webHook: { retryMs: "4" },
      other: "7",
    });
  });

  it("reads whom to trust from file, variables and objects", async () => {
    const key = `02${"ab".repeat(32)}`;
    const { config } = await load(
      `[modules.trust]\nthreshold = 2\n[modules.trust.maintainers]\nalice = "${key}"\n`,
      {
        BLVM_STREAMS_MODULES_TRUST__THRESHOLD: "1",
        BLVM_STREAMS_MODULES_TRUST__MAINTAINERS__BOB: key,
        BLVM_STREAMS_MODULES_REQUIRE_SIGNATURES: "true",
      },
    );
    expect(config.modules).toMatchObject({
      trust: { threshold: 1, maintainers: { alice: key, bob: key } },
      require_signatures: true,
    });
    const json = { BLVM_STREAMS_MODULES_TRUST: JSON.stringify({ maintainers: { Carol: key } }) };
    expect((await load("", json)).config.modules.trust).toEqual({
      threshold: 1,
      maintainers: { Carol: key },
    });
  });

  it.each([
    ["BLVM_STREAMS_MODULES_TRUST__TRESHOLD", "1"],
    ["BLVM_STREAMS_MODULES_WEB__LIMITS__WARN", "1"],
    ["BLVM_STREAMS_MODULES_WEB____KEY", "1"],
    ["BLVM_STREAMS_MODULES_WEB__", "1"],
    ["BLVM_STREAMS_MODULES_DATA_DIR__X", "1"],
    ["BLVM_STREAMS_HTTP_PORT__X", "1"],
  ])("refuses the variable %s, which leads nowhere", async (name, text) => {
    await expect(load("", { [name]: text })).rejects.toMatchObject({
      code: "CONFIG_UNKNOWN_KEY",
      details: { key: name },
    });
  });

  it("refuses a mistyped key in the tables of trust, limits and restart, with file and line", async () => {
    const rows = [
      ["[modules.trust]\ntreshold = 1\n", "modules.trust.treshold", "modules.trust.threshold"],
      [
        "[modules.a.limits]\nwarn_precent = 1\n",
        "modules.a.limits.warn_precent",
        "modules.a.limits.warn_percent",
      ],
      ["[modules.a.restart]\npolice = 1\n", "modules.a.restart.police", "modules.a.restart.policy"],
    ] as const;
    for (const [toml, key, nearest] of rows) {
      await expect(load(toml)).rejects.toMatchObject({
        code: "CONFIG_UNKNOWN_KEY",
        details: { key, nearest, place: expect.stringMatching(/blvm-streams\.toml:2$/) },
      });
    }
  });

  it("refuses a wrong value in the tables of trust, limits and restart, and says what is allowed", async () => {
    const rows = [
      ['[modules.trust.maintainers]\nbob = "xy"\n', "modules.trust.maintainers.bob", "a text that matches"],
      [
        "[modules.a.limits]\nwarn_percent = 0\n",
        "modules.a.limits.warn_percent",
        "a number from 1 to 100 percent",
      ],
      ['[modules.a.restart]\npolicy = "no"\n', "modules.a.restart.policy", '"never", "on-failure"'],
      ['[modules.a]\nload = "late"\n', "modules.a.load", '"start", "on_demand"'],
      ["[modules.a]\non_unresponsive = 1\n", "modules.a.on_unresponsive", '"report", "kill"'],
    ] as const;
    for (const [toml, key, allowed] of rows) {
      await expect(load(toml)).rejects.toMatchObject({
        code: "CONFIG_BAD_VALUE",
        details: { key, allowed: expect.stringContaining(allowed), place: expect.stringMatching(/toml:2$/) },
      });
    }
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
