import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { VersionRange } from "../../src/manifest/index.js";
import { dependantsOf, type OrderedManifest, planLoad } from "../../src/supervisor/load-order.js";

const any: VersionRange = { text: "*", includes: () => true };
const only = (version: string): VersionRange => ({ text: version, includes: (found) => found === version });
const ranges = (names: readonly string[]) => new Map(names.map((name) => [name, any]));

function module(
  name: string,
  needs: readonly string[] = [],
  optional: readonly string[] = [],
): OrderedManifest {
  return { name, version: "1.0.0", dependencies: ranges(needs), optionalDependencies: ranges(optional) };
}

const codes = (modules: readonly OrderedManifest[]) =>
  Object.fromEntries([...planLoad(modules).problems].map(([name, { code }]) => [name, code]));

describe("planLoad", () => {
  it("puts whatever a module needs before it, and equals in name order", () => {
    const modules = [module("a", ["z"]), module("c"), module("b", ["c"]), module("z")];
    expect(planLoad(modules).order).toEqual(["c", "b", "z", "a"]);
    expect(planLoad([...modules].reverse()).order).toEqual(["c", "b", "z", "a"]);
  });

  it("puts optional dependencies before a module when they are there, and minds them no further", () => {
    expect(planLoad([module("a", [], ["z", "gone"]), module("z")]).order).toEqual(["z", "a"]);
    const old = { ...module("a"), optionalDependencies: new Map([["z", only("2.0.0")]]) };
    expect(planLoad([old, module("z")]).order).toEqual(["a", "z"]);
    expect(planLoad([module("a", [], ["b"]), module("b", [], ["a"])]).order).toEqual(["a", "b"]);
    expect(planLoad([module("a", [], ["b"]), module("b", ["a"])]).order).toEqual(["a", "b"]);
  });

  it("names what is missing, and what depends on it fails for that reason", () => {
    const { order, problems } = planLoad([
      module("a", ["mesh"]),
      module("b", ["a"]),
      module("c"),
      module("mash"),
    ]);
    expect(order).toEqual(["c", "mash"]);
    expect(problems.get("a")).toMatchObject({ code: "DEP_MISSING" });
    expect(problems.get("a")?.message).toMatch(/needs mesh, .* \(the nearest: mash\)/);
    expect(problems.get("b")?.message).toMatch(/needs a, which is not running \(module a needs mesh/);
  });

  it("tells the last of a long chain the reason in as many words as the first", () => {
    const chain = Array.from({ length: 500 }, (_, n) => module(`m${n}`, [`m${n - 1}`]));
    const { problems } = planLoad(chain);
    const words = chain.map(({ name }) => problems.get(name)?.message.length ?? 0);
    expect(problems.size).toBe(500);
    expect(Math.max(...words)).toBeLessThan(400);
    expect(problems.get("m499")?.message).toContain("module m0 needs m-1, which is not installed");
  });

  it("names the version that doesn't fit and the range that it would have to fit", () => {
    const a = { ...module("a"), dependencies: new Map([["b", only(">=2.0.0")]]) };
    expect(planLoad([a, module("b")]).problems.get("a")?.message).toContain("needs b >=2.0.0, found 1.0.0");
  });

  it("reports a circle with its path to each module on it, and loads the others", () => {
    const modules = [
      module("a", ["b"]),
      module("b", ["c"]),
      module("c", ["a"]),
      module("d"),
      module("e", ["a"]),
    ];
    expect(codes(modules)).toEqual({ a: "DEP_CYCLE", b: "DEP_CYCLE", c: "DEP_CYCLE", e: "DEP_FAILED" });
    expect(planLoad(modules).problems.get("b")?.message).toContain("a -> b -> c -> a");
    expect(planLoad(modules).order).toEqual(["d"]);
  });

  it("reports a module that needs itself", () => {
    expect(planLoad([module("a", ["a"])]).problems.get("a")?.message).toContain("a -> a");
  });

  it("takes blvm-node for the host and no module", () => {
    expect(planLoad([module("a", ["blvm-node"])]).order).toEqual(["a"]);
  });

  it("follows a chain of a thousand and refuses what lies beyond, without running out of stack", () => {
    const name = (n: number) => `m-${String(n).padStart(5, "0")}`;
    const chain = Array.from({ length: 10_000 }, (_, n) => module(name(n), n === 0 ? [] : [name(n - 1)]));
    const { order, problems } = planLoad(chain);
    expect(order).toHaveLength(1000);
    expect(problems.get(name(1000))).toMatchObject({ code: "DEP_CHAIN_TOO_LONG" });
    expect(problems.get(name(1001))).toMatchObject({ code: "DEP_FAILED" });
  });

  it("loads all that can be loaded, each after what it needs, whatever the graph", () => {
    const names = ["a", "b", "c", "d", "e", "f", "g"];
    const some = fc.subarray([...names, "nowhere"]);
    const graph = fc.tuple(...names.map((name) => fc.tuple(fc.constant(name), some, some)));
    fc.assert(
      fc.property(graph, (drawn) => {
        const modules = drawn.map(([name, needs, optional]) => module(name, needs, optional));
        const { order, problems } = planLoad(modules);
        expect([...order, ...problems.keys()].sort()).toEqual(names);
        for (const { name, dependencies } of modules) {
          const at = order.indexOf(name);
          const needs = [...dependencies.keys()];
          if (at >= 0) for (const need of needs) expect(order.slice(0, at)).toContain(need);
          else expect(needs.some((need) => !order.includes(need))).toBe(true);
        }
      }),
    );
  });
});

describe("dependantsOf", () => {
  it("names all levels, each module before what it needs itself", () => {
    const modules = [
      module("a"),
      module("b", ["a"]),
      module("c", ["b"]),
      module("d", ["a", "c"]),
      module("e"),
    ];
    expect(dependantsOf("a", modules)).toEqual(["d", "c", "b"]);
    expect(dependantsOf("e", modules)).toEqual([]);
  });

  it("ends in a circle", () => {
    expect(dependantsOf("a", [module("a", ["b"]), module("b", ["a"])])).toEqual(["b"]);
  });
});
