import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileDecision } from "../../../src/sandbox/seccomp/compile-decision.js";
import { allow, type Decision, fail, killProcess, type Word } from "../../../src/sandbox/seccomp/decision.js";
import { type Call, checkedProgram } from "./classic-bpf.js";

const words: readonly Word[] = ["number", "architecture", "argument0", "argument3", "argument5"];
const value = fc.oneof(fc.nat({ max: 3 }), fc.constantFrom(0x8000_0000, 0xffff_ffff), fc.nat());
const call: fc.Arbitrary<Call> = fc.record({
  number: value,
  architecture: value,
  args: fc.array(
    fc.tuple(value, value).map(([high, low]) => (BigInt(high) << 32n) | BigInt(low)),
    { minLength: 6, maxLength: 6 },
  ),
});
const { decision } = fc.letrec<{ decision: Decision }>((tie) => ({
  decision: fc.oneof(
    { maxDepth: 6, depthIdentifier: "decision" },
    fc.constantFrom(allow, killProcess, fail(1), fail(38)),
    fc.record(
      {
        word: fc.constantFrom(...words),
        mask: fc.constantFrom(0, 1, 0xffff_fffe, 0x8000_0001),
        test: fc.constantFrom("equals" as const, "atLeast" as const, "hasAnyOf" as const),
        value,
        yes: tie("decision"),
        no: tie("decision"),
      },
      { requiredKeys: ["word", "test", "value", "yes", "no"] },
    ),
  ),
}));

/** A tree that asks for `count` numbers one after the other, with the rest on the side that is taken when it is none. */
function chain(count: number, rest: "yes" | "no"): Decision {
  let all: Decision = fail(1);
  for (let number = count; number > 0; number -= 1) {
    const one = fail(number % 4096);
    all =
      rest === "no"
        ? { word: "number", test: "equals", value: number, yes: one, no: all }
        : { word: "number", test: "atLeast", value: number, yes: all, no: one };
  }
  return all;
}

describe("compileDecision", () => {
  it("makes programs that answer as their tree does", () => {
    fc.assert(
      fc.property(decision, fc.array(call, { minLength: 1, maxLength: 20 }), (tree, calls) => {
        const run = checkedProgram(compileDecision(tree));
        for (const one of calls) expect(run(one).answer).toBe(answerOf(tree, one));
      }),
      { numRuns: 400 },
    );
  });

  it("reaches what lies more than 255 instructions ahead", () => {
    const tree = chain(1000, "yes");
    const run = checkedProgram(compileDecision(tree));
    for (const number of [0, 1, 2, 700, 999, 1000]) {
      const one = { number, architecture: 0, args: [] };
      expect(run(one).answer).toBe(answerOf(tree, one));
    }
  });

  it("refuses a program that the kernel wouldn't take", () => {
    expect(compileDecision(chain(2047, "no"))).toHaveLength(4096 * 8);
    expect(() => compileDecision(chain(2048, "no"))).toThrow(/4098 instructions, the kernel takes 4096/);
  });
});

function answerOf(tree: Decision, one: Call): number {
  if ("answer" in tree) return tree.answer;
  const low = wordOf(tree.word, one);
  const masked = tree.mask === undefined ? low : low & BigInt(tree.mask);
  const wanted = BigInt(tree.value);
  const holds =
    tree.test === "equals"
      ? masked === wanted
      : tree.test === "atLeast"
        ? masked >= wanted
        : (masked & wanted) !== 0n;
  return answerOf(holds ? tree.yes : tree.no, one);
}

function wordOf(word: Word, { number, architecture, args }: Call): bigint {
  if (word === "number") return BigInt(number);
  if (word === "architecture") return BigInt(architecture);
  return (args[Number(word.slice(8))] ?? 0n) & 0xffff_ffffn;
}
