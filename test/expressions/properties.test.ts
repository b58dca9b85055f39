import { Environment } from "@marcbachmann/cel-js";
import { decode, encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorCode } from "../../src/errors.js";
import { dataScope, evaluate } from "./evaluate.js";

const int = fc.integer({ min: -1000, max: 1000 }).map((value) => ({ text: String(value), value }));
const double = fc
  .double({ min: -1e6, max: 1e6, noNaN: true })
  .map((value) => ({ text: asDouble(value), value: Number(asDouble(value)) }));

/** A literal that CEL reads as a double. */
function asDouble(value: number): string {
  const text = String(value === 0 ? 0 : value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

const sign = fc.constantFrom("+", "-", "*", "/", "%", "<", "<=", ">", ">=", "==", "!=");

const operations: Readonly<Record<string, (a: number, b: number) => unknown>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
};

function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return errorCode(error) ?? String(error);
  }
}

/** Expressions that mostly parse, and mostly make sense. */
const { anything } = fc.letrec<{ anything: string }>((tie) => ({
  anything: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom("1", "2.5", "0", '"a"', "true", "false", "null", "value", "[]", "{}", 'b"x"', "x", "-3"),
    fc
      .tuple(
        tie("anything"),
        fc.constantFrom("+", "-", "*", "/", "==", "<", ">=", "&&", "||", "in"),
        tie("anything"),
      )
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    fc.tuple(tie("anything"), tie("anything"), tie("anything")).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    fc.array(tie("anything"), { maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
    tie("anything").map((item) => `{"k": ${item}}`),
    fc
      .tuple(
        tie("anything"),
        fc.constantFrom("all", "exists", "exists_one", "map", "filter"),
        tie("anything"),
      )
      .map(([over, name, body]) => `${over}.${name}(x, ${body})`),
    fc.tuple(tie("anything"), tie("anything")).map(([bound, body]) => `cel.bind(x, ${bound}, ${body})`),
    fc
      .tuple(fc.constantFrom("size", "string", "double", "int", "dyn", "!", "-"), tie("anything"))
      .map(([name, arg]) => `${name}(${arg})`),
    fc.tuple(tie("anything"), tie("anything")).map(([owner, key]) => `${owner}[${key}]`),
    tie("anything").map((owner) => `${owner}.k`),
  ),
}));

describe("Expressions", () => {
  it("compute mixed numbers as JavaScript does", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.tuple(int, double), fc.tuple(double, int), fc.tuple(double, double)),
        sign,
        ([left, right], operator) => {
          const expected = operations[operator]?.(left.value, right.value);
          fc.pre(typeof expected === "boolean" || Number.isFinite(expected));
          expect(evaluate(`(${left.text}) ${operator} (${right.text})`)).toEqual(expected);
          const viaDyn = evaluate(`value.a ${operator} value.b`, { a: left.value, b: right.value });
          expect(viaDyn).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("end with a result or an error of their own on any text", () => {
    const word = fc.constantFrom(
      ..."event value . ( ) [ ] { } , : ? && || ! - + * / % < > == in 1 2.5 'a' \" b' r' matches all map has cel.bind x 0x 1e 1u null \\ // \n `".split(
        " ",
      ),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary", maxLength: 60 }),
          fc.array(word, { maxLength: 30 }).map((words) => words.join(" ")),
        ),
        (source) => {
          const found = outcome(() => ["result", evaluate(source)][0]);
          expect(["result", "EXPRESSION_INVALID", "EXPRESSION_FAILED", "EXPRESSION_TOO_COSTLY"]).toContain(
            found,
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it("answer what JSON and MessagePack can hold", () => {
    fc.assert(
      fc.property(anything, (source) => {
        const found = outcome(() => ({ result: evaluate(source, { k: [1, 2.5, "a"] }) }));
        if (typeof found === "string") {
          expect(found).toMatch(/^EXPRESSION_/);
          return;
        }
        JSON.stringify(found);
        expect(decode(encode(found))).toEqual(found);
      }),
      { numRuns: 200 },
    );
  });

  it("agree with the library's own evaluator", () => {
    const library = new Environment({ homogeneousAggregateLiterals: false, unlistedVariablesAreDyn: true });
    let compared = 0;
    fc.assert(
      fc.property(anything, (source) => {
        const value = { k: [1, 2.5, "a"] };
        const theirs = outcome(() => ({ result: asNumbers(library.evaluate(source, { value })) }));
        const ours = outcome(() => ({ result: evaluate(source, value, dataScope) }));
        // What ours refuses, or answers where theirs has no operator for mixed numbers, is no disagreement.
        if (typeof ours === "string" || typeof theirs === "string") return;
        compared++;
        expect(ours).toEqual(theirs);
      }),
      { numRuns: 500, seed: 8 },
    );
    expect(compared).toBeGreaterThan(100);
  });
});

/** Their ints are bigints. */
function asNumbers(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(asNumbers);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asNumbers(inner)]));
}
