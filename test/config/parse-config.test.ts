import { resolve } from "node:path";
import { describe, expect, expectTypeOf, it } from "vitest";
import { type Config, configReference, parseConfig, settingsOf } from "../../src/config.js";
import { limitsOptions, restartOptions } from "../../src/supervisor/options.js";
import { catchError } from "../kit/catch-error.js";

describe("parseConfig", () => {
  it("checks an object and makes its paths absolute", () => {
    const config = parseConfig({ modules: { data_dir: "d" }, http: { port: 0 }, chain: undefined });
    expectTypeOf(config).toEqualTypeOf<Config>();
    expect(config.modules.data_dir).toBe(resolve("d"));
    expect(config.http.port).toBe(0);
  });

  it("returns a configuration that it made as it is", () => {
    const config = parseConfig({ http: { port: 0 } });
    expect(parseConfig(config)).toBe(config);
  });

  it("lays a module's delivery table over the host's and keeps its other keys", () => {
    const config = parseConfig({
      delivery: { capacity: 7, window: 9 },
      modules: { webhook: { delivery: { capacity: 3 }, url: "http://x", retry: { times: 2 } } },
    });
    const rules = {
      limits: limitsOptions.parse({}),
      restart: restartOptions.parse({}),
      load: "start",
      onUnresponsive: "report",
      sandbox: { allow_spawn_processes: false, allow_network: true },
    };
    expect(settingsOf(config, "webhook")).toEqual({
      delivery: { capacity: 3, window: 9, max_bytes: 4_194_304 },
      rules,
      config: { url: "http://x", retry: { times: 2 } },
    });
    expect(settingsOf(config, "other")).toEqual({ delivery: config.delivery, rules, config: {} });
  });

  it("takes the host's keys of a module's table as rules and leaves the rest to the module", () => {
    const config = parseConfig({
      modules: {
        webhook: {
          limits: { max_child_processes: 0 },
          restart: { policy: "on-failure", backoff_ms: 5 },
          load: "on_demand",
          on_unresponsive: "kill",
          level: 3,
        },
      },
    });
    expect(settingsOf(config, "webhook")).toMatchObject({
      rules: {
        limits: { max_child_processes: 0, warn_percent: 80 },
        restart: { policy: "on-failure", backoff_ms: 5, max_backoff_ms: 60_000 },
        load: "on_demand",
        onUnresponsive: "kill",
      },
      config: { level: 3 },
    });
    expect(settingsOf(config, "webhook").config).toEqual({ level: 3 });
  });

  it("refuses tables of a module that are none", () => {
    for (const [key, value] of Object.entries({ sandbox: true, limits: 3, restart: [], delivery: "x" })) {
      expect(catchError(() => parseConfig({ modules: { webhook: { [key]: value } } }))).toMatchObject({
        code: "CONFIG_BAD_VALUE",
        details: { key: `modules.webhook.${key}` },
      });
    }
  });

  it("refuses a node's address of another kind or with a password, which it doesn't repeat", () => {
    for (const url of ["ftp://node", "node:8332", "http://anna:hunter2@node:8332"]) {
      const error = catchError(() => parseConfig({ bitcoin_core: { url } })) as Error;
      expect(error).toMatchObject({ code: "CONFIG_BAD_VALUE", details: { key: "bitcoin_core.url" } });
      expect(error.message).toContain("allowed: an http:// or https:// address without user and password");
      expect(error.message).not.toContain("hunter2");
    }
    expect(catchError(() => parseConfig({ devnet: { seed: "" } }))).toMatchObject({
      message: expect.stringContaining("allowed: a text (not empty)"),
    });
  });

  it("refuses a wrong key or value in a module's delivery table", () => {
    expect(
      catchError(() => parseConfig({ modules: { webhook: { delivery: { capcity: 1 } } } })),
    ).toMatchObject({
      code: "CONFIG_UNKNOWN_KEY",
      details: { nearest: "modules.webhook.delivery.capacity" },
    });
    for (const delivery of [{ capacity: 0 }, 3, []]) {
      expect(catchError(() => parseConfig({ modules: { webhook: { delivery } } }))).toMatchObject({
        code: "CONFIG_BAD_VALUE",
      });
    }
  });

  it("tells a mistyped key of modules from the table of a module", () => {
    expect(catchError(() => parseConfig({ modules: { modulesdir: "x" } }))).toMatchObject({
      code: "CONFIG_UNKNOWN_KEY",
      details: { nearest: "modules.modules_dir" },
    });
    expect(catchError(() => parseConfig({ modules: { "Bad Name": {} } }))).toMatchObject({
      code: "CONFIG_BAD_MODULE_NAME",
    });
  });
});

describe("configReference", () => {
  it("describes every key of every section in words", () => {
    const sections = configReference();
    expect(sections.map(({ section }) => section)).toEqual([
      "chain",
      "devnet",
      "bitcoin_core",
      "recording",
      "http",
      "modules",
      "modules.trust",
      "streams",
      "sandbox",
      "delivery",
      "ipc",
      "log",
      "modules.NAME",
      "modules.NAME.delivery",
      "modules.NAME.limits",
      "modules.NAME.restart",
      "modules.NAME.sandbox",
    ]);
    for (const { description, allowed, variable } of sections.flatMap(({ keys }) => keys)) {
      expect(description).toMatch(/\.$/);
      expect(allowed).not.toBe("any value");
      expect(variable).toMatch(/^BLVM_STREAMS_[A-Z_]+$/);
    }
    const http = sections.find(({ section }) => section === "http");
    expect(http?.keys[1]).toMatchObject({
      key: "port",
      allowed: "an integer from 0 to 65535",
      defaultValue: 9332,
    });
  });
});
