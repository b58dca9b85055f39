import { describe, expect, it } from "vitest";
import { compileExpression, DEFAULT_LIMIT_STEPS } from "../../src/expressions/index.js";
import { dataScope, evaluate, numbersScope, thrownBy } from "./evaluate.js";

const MAX_CPU_MS = 50;
const numbers = Array.from({ length: 10_000 }, (_, index) => index + 0.5);

/** Doubles a text of 16 characters so many times. */
function doubled(times: number): string {
  const names = Array.from({ length: times }, (_, index) => `v${index}`);
  const binds = names.map(
    (name, index) =>
      `cel.bind(${name}, ${index === 0 ? '"0123456789abcdef"' : `v${index - 1} + v${index - 1}`}, `,
  );
  return `${binds.join("")}size(v${times - 1})${")".repeat(times)}`;
}

/** The least of a few tries: the first one compiles the code, and the machine may be busy. */
function cpuMs(run: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 3 && least >= MAX_CPU_MS; turn++) {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

const longText = 'values.map(x, "aaaaaaaaaaaaaaaaaaaa").join("")';
const tooCostly = [
  "values.map(a, values.map(b, a * b))",
  "values.all(a, values.exists(b, a + b < -1.0) || true) && values.all(a, values.all(b, a + b > 0.0))",
  "values.exists(a, values.exists(b, values.exists(c, a + b + c < -1.0)))",
  "values.exists_one(a, values.filter(b, b > a) == [])",
  "values.map(x, values + values)",
  "values.map(x, max(values))",
  "values.map(x, percentile(values, 50))",
  "values.map(x, x in values)",
  "values.map(x, [values] == [values + []])",
  'values.map(x, {"a": values})',
  'values.exists(x, dyn("a") > x)',
  "values.all(x, dyn(x) || dyn(x))",
  `values${".map(x, x)".repeat(40)}`,
  `${longText}.split("")`,
  `cel.bind(s, ${longText}, values.map(x, s.contains("aaaaaaaaaaab")))`,
  `cel.bind(s, ${longText}, s.contains(s.substring(0, 50000) + "b" + s.substring(0, 50000)))`,
  `cel.bind(s, ${longText}, values.map(x, s + s))`,
  `cel.bind(s, ${longText}, values.map(x, s).join(s))`,
  `cel.bind(s, ${longText}, values.all(x, s == s + ""))`,
  `cel.bind(s, ${longText}, values.all(x, regex(s, "(a|b)*a(a|b){60}c")))`,
  `cel.bind(s, ${longText}, values.all(x, size(s) > 0))`,
  `cel.bind(s, ${longText}.substring(0, 20000), regex(s, "(a|b)*a(a|b){150}c"))`,
  `cel.bind(s, ${longText}.substring(0, 1000), regex(s, "\\\\pL{480}"))`,
  doubled(25),
];

describe("A costly expression", () => {
  it.each(tooCostly)("ends early: %s", (source) => {
    const expression = compileExpression(source, numbersScope, "any");
    const run = () =>
      expect(thrownBy(() => expression.evaluate(numbers))).toMatchObject({
        code: "EXPRESSION_TOO_COSTLY",
        details: { limitSteps: DEFAULT_LIMIT_STEPS },
      });
    expect(cpuMs(run)).toBeLessThan(MAX_CPU_MS);
  });

  it.each([
    ["deep lists", "[".repeat(500) + "]".repeat(500)],
    ["deep parentheses", `${"(".repeat(2000)}1${")".repeat(2000)}`],
    ["many negations", `${"!".repeat(4000)}true`],
    ["many nodes", `1${" + 1".repeat(400)}`],
    ["many binds", doubled(80)],
    ["a pattern that is long when written out", String.raw`regex("", "(\\pL{1,30}x?){1,30}")`],
    ["a long number", "9".repeat(4000)],
    ["a long list", `[${"1,".repeat(400)}1]`],
    ["a megabyte of name", "a".repeat(1_000_000)],
    ["a megabyte of text", `"${"a".repeat(1_000_000)}"`],
  ])("is refused before it runs: %s", (_what, source) => {
    const run = () =>
      expect(thrownBy(() => compileExpression(source, dataScope, "any")).code).toBe("EXPRESSION_INVALID");
    expect(cpuMs(run)).toBeLessThan(MAX_CPU_MS);
  });

  it("is refused where its result shares parts that would be written out again and again", () => {
    let shared: unknown = [1.5];
    for (let level = 0; level < 30; level++) shared = [shared, shared];
    expect(thrownBy(() => evaluate("[value]", shared)).code).toBe("EXPRESSION_TOO_COSTLY");
  });

  it("can't hide behind an error that is absorbed", () => {
    const source = "values.map(a, values.map(b, a * b)) == [] || true";
    expect(thrownBy(() => evaluate(source, numbers, numbersScope)).code).toBe("EXPRESSION_TOO_COSTLY");
  });

  it("may be given another limit, and leaves the next evaluation all of it", () => {
    const expression = compileExpression("values.all(x, x > 0.0)", numbersScope, "bool", { steps: 100 });
    expect(thrownBy(() => expression.evaluate(numbers)).details).toMatchObject({ limitSteps: 100 });
    expect(expression.evaluate([1, 2, 3])).toBe(true);
  });

  it("is what people write within the limit", () => {
    for (const source of [
      "percentile(values, 90) - percentile(values, 10)",
      "sum(values.filter(x, x > 100.0)) / size(values)",
      "max(values) > 2.0 * avg(values)",
    ])
      expect(typeof evaluate(source, numbers.slice(0, 5000), numbersScope)).not.toBe("undefined");
  });
});
