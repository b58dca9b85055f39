import { describe, expect, it } from "vitest";
import { allSections, changedSections } from "../../src/config/diff-config.js";
import { type ConfigInput, parseConfig } from "../../src/config.js";

function changed(before: ConfigInput, after: ConfigInput): readonly string[] {
  return changedSections(parseConfig(before), parseConfig(after));
}

describe("changedSections", () => {
  it("names each section that differs, in the order of the reference page, then the modules by name", () => {
    expect(
      changed(
        { http: { port: 1 }, modules: { zeta: { a: 1 }, alpha: { a: 1 }, same: { a: 1 } } },
        {
          log: { level: "warn" },
          http: { port: 2 },
          modules: { zeta: { a: 2 }, alpha: { limits: { warn_percent: 50 } }, same: { a: 1 } },
        },
      ),
    ).toEqual(["http", "log", "modules.alpha", "modules.zeta"]);
  });

  it("finds no difference in a default written out, in another order, or in an empty table", () => {
    expect(
      changed(
        { modules: { one: { a: 1, b: { c: [1] } } } },
        { log: { level: "info" }, http: { port: 9332 }, modules: { two: {}, one: { b: { c: [1] }, a: 1 } } },
      ),
    ).toEqual([]);
  });

  it("names a module whose table came or went", () => {
    expect(changed({ modules: { one: { a: 1 } } }, { modules: { two: { a: 1 } } })).toEqual([
      "modules.one",
      "modules.two",
    ]);
  });

  it("tells the keys of modules from the tables of modules", () => {
    expect(changed({}, { modules: { require_signatures: true } })).toEqual(["modules"]);
  });
});

describe("allSections", () => {
  it("names every section and every module's table", () => {
    expect(allSections(parseConfig({ modules: { two: {}, one: {} } }))).toEqual([
      "chain",
      "devnet",
      "bitcoin_core",
      "recording",
      "http",
      "modules",
      "streams",
      "sandbox",
      "delivery",
      "ipc",
      "log",
      "modules.one",
      "modules.two",
    ]);
  });
});
