import { describe, expect, it } from "vitest";
import { expressionFunctions } from "../../src/expressions/index.js";
import { evaluate, thrownBy } from "./evaluate.js";

describe("The functions of expressions", () => {
  it.each(expressionFunctions)("do what the example of $name says: $example", ({ example }) => {
    expect(evaluate(example, null, undefined, "bool")).toBe(true);
  });

  it.each([
    ["max([1, 2.5])", 2.5],
    ["min([1, 2.5])", 1],
    ["max([1, 9007199254740993])", 9007199254740993n],
    ["sum([])", 0],
    ["percentile([7], 0)", 7],
    ["percentile([4, 1, 3, 2], 50)", 2.5],
    ["percentile([1, 2], 100)", 2],
    ["round(2.5)", 3],
    ["round(-2.5)", -3],
    ["round(1.005, 2)", 1.01],
    ["round(1e300, 15)", 1e300],
    ["round(0.1 + 0.2, 15)", 0.3],
    ["abs(-3)", 3],
    ["floor(-0.5)", -1],
    ["size('𝄞ä')", 2],
    ["size({'a': 1, 'b': 2})", 2],
    ["size(b'abc')", 3],
    ["'abc'.substring(1)", "bc"],
    ["'a,b'.split(',').map(x, x + x).join('-')", "aa-bb"],
    ["int('-12') + int(2.9)", -10],
    ["double('1e3')", 1000],
    ["string(2.0) + string(true) + string(b'x')", "2truex"],
    ["'aBÄİ'.lowerAscii()", "abÄİ"],
    ["'aBäß'.upperAscii()", "ABäß"],
    ["bit(1, 63)", false],
    ["regex('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', '(a*)*b')", false],
  ])("answer %s", (source, result) => {
    expect(evaluate(source)).toEqual(result);
  });

  it.each([
    "max([])",
    "avg([])",
    "max(['a'])",
    "sum([true])",
    "percentile([1], 101)",
    "round(1.5, 16)",
    "bit(1, 64)",
    "int('0x1')",
    "int(1.0 / 0.0)",
    "int(1e300)",
    "double('')",
    "double(' 1')",
    "'abc'.substring(2, 1)",
    "'abc'.substring(4)",
    "b'a'.at(1)",
    "dyn([1]).join()",
    "dyn(1).contains('a')",
    "dyn(1).map(x, x)",
    "{'a': 1, 'b': 2, 'a': 3}",
    "{1: 'a', '1': 'b'}",
    "[1][1]",
    "[1][-1]",
    "dyn([1])[0.5]",
    "{'a': 1}['b']",
    "{null: 1}",
    "1 / 0",
    "1 % 0",
    "9223372036854775807 + 1",
    "-(-9223372036854775807 - 1)",
    "abs(-9223372036854775807 - 1)",
    "1.0 / 0.0",
    "dyn('a') + 1",
    "dyn(1) < 'a'",
    "1 in dyn(1)",
    "-dyn('a')",
    "!dyn(1)",
    "dyn(1) && true",
    "dyn(1) ? 1 : 2",
    "[1].all(x, dyn(x))",
    "[1].filter(x, dyn(x))",
    "[type(1)]",
  ])("fail where they have no answer: %s", (source) => {
    expect(thrownBy(() => evaluate(source)).code).toBe("EXPRESSION_FAILED");
  });

  it.each([
    ["dyn(1) / 0 == 1 || true", true],
    ["false && 1 / 0 == 1", false],
    ["1 / 0 == 1 && false", false],
    ["[0, 1].exists(x, 1 / x == 1)", true],
    ["[0, 1].all(x, 1 / x == 2)", false],
    ["[1, 2].exists_one(x, x > 1)", true],
    ["{'a': 1}.all(k, k == 'a')", true],
    ["[1, 2, 3].map(x, x > 1, x * 2) == [4, 6]", true],
    ["{'a': [1, 2.0]} == {'a': [1.0, 2]}", true],
    ["[1] == dyn('a') || dyn(null) == false", false],
    ["b'a' + b'b' == b'ab'", true],
    ["cel.bind(x, 3, x * x) == 9", true],
    ["[1, 2].map(x, [3, 4].map(y, x * y)) == [[3, 4], [6, 8]]", true],
    ["[1].map(x, [2].map(x, x))[0][0] == 2", true],
    ["7 / 2 == 3 && 7.0 / 2 == 3.5 && -7 / 2 == -3", true],
    ["5 in [1.0, 5.0] && 5.0 in [1, 5] && 'a' in {'a': 1}", true],
    ["type(dyn([])) == list && type({}) == map && type(null) == null_type && type(b'') == bytes", true],
    ["[1, 2.5, 'a', true].map(x, type(x) == double) == [false, true, false, false]", true],
    ["2 > 1.5 && 1.5 < 2 && 2 == 2.0 && 2.0 != 3", true],
  ])("follow CEL: %s", (source, result) => {
    expect(evaluate(source)).toBe(result);
  });
});
