import { resolve } from "node:path";
import { describe, expect, expectTypeOf, it } from "vitest";
import { type Config, configReference, parseConfig, settingsOf } from "../../src/config.js";
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
    expect(settingsOf(config, "webhook")).toEqual({
      delivery: { capacity: 3, window: 9, max_bytes: 4_194_304 },
      config: { url: "http://x", retry: { times: 2 } },
    });
    expect(settingsOf(config, "other")).toEqual({ delivery: config.delivery, config: {} });
  });

  it("refuses the tables of a module that are kept for the host", () => {
    for (const key of ["limits", "restart", "sandbox"]) {
      expect(catchError(() => parseConfig({ modules: { webhook: { [key]: {} } } }))).toMatchObject({
        code: "CONFIG_BAD_VALUE",
        details: { key: `modules.webhook.${key}` },
      });
    }
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
      "http",
      "modules",
      "delivery",
      "ipc",
      "log",
    ]);
    for (const { description, allowed, variable } of sections.flatMap(({ keys }) => keys)) {
      expect(description).toMatch(/\.$/);
      expect(allowed).not.toBe("any value");
      expect(variable).toMatch(/^BLVM_STREAMS_[A-Z_]+$/);
    }
    expect(sections[1]?.keys[1]).toMatchObject({
      key: "port",
      allowed: "an integer from 0 to 65535",
      defaultValue: 9332,
    });
  });
});
