import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readStrictJson } from "../../../src/http/rpc/strict-json.js";

const read = (text: string) => readStrictJson(Buffer.from(text));

describe("readStrictJson", () => {
  it("reads whatever JSON.stringify writes, up to 32 levels", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        expect(read(JSON.stringify(value))).toEqual({ value: JSON.parse(JSON.stringify(value)) });
      }),
    );
    expect(read(`${"[".repeat(32)}${"]".repeat(32)}`)).toHaveProperty("value");
    expect(read(`{"a":${"[".repeat(32)}${"]".repeat(32)}}`)).toEqual({
      problem: "the JSON is more than 32 levels deep",
    });
  });

  it("refuses 100,000 levels without a stack", () => {
    expect(read(`${"[".repeat(100_000)}${"]".repeat(100_000)}`)).toHaveProperty("problem");
    expect(read(`${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`)).toHaveProperty("problem");
  });

  it("refuses a name twice in one object, however it is written", () => {
    for (const text of [
      '{"a":1,"a":2}',
      '{"a":1,"\\u0061":2}',
      '[{"x":{"":[],"y":"}","":{}}}]',
      '{"a\\"":1,"b":{"a\\"":1},"a\\"":2}',
    ]) {
      expect(read(text), text).toEqual({
        problem: expect.stringMatching(/^the JSON has ".*" twice in one object$/),
      });
    }
  });

  it("takes the same name in different objects, and texts that look like JSON", () => {
    for (const text of [
      '[{"a":1},{"a":1}]',
      '{"a":{"a":["a","a"]},"b":"a"}',
      '{"a":"\\"a\\":1","b":"{[\\\\"}',
    ]) {
      expect(read(text), text).toEqual({ value: JSON.parse(text) });
    }
  });

  it("refuses what is no JSON or no UTF-8, and says which", () => {
    const cases: readonly (readonly [string | Uint8Array, string])[] = [
      ["", "the body is empty"],
      [" \n", "the body is empty"],
      ["{", "the body is no JSON"],
      ["{}{}", "the body is no JSON"],
      ['{"a":"\0"}', "the body is no JSON"],
      ["\0", "the body is no JSON"],
      ["NaN", "the body is no JSON"],
      [new Uint8Array([0x22, 0xff, 0x22]), "the body is no UTF-8"],
      // A lone surrogate as UTF-8 would have it.
      [new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]), "the body is no UTF-8"],
    ];
    for (const [body, problem] of cases) {
      expect(readStrictJson(Buffer.from(body as string))).toEqual({ problem });
    }
  });

  it("never throws, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        readStrictJson(bytes);
      }),
    );
    const brackets = fc.array(fc.constantFrom("{", "}", "[", "]", '"', "\\", ",", ":", "1", "a"), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(brackets, (parts) => {
        const text = parts.join("");
        const reading = read(text);
        if ("value" in reading) expect(reading.value).toEqual(JSON.parse(text));
      }),
      { numRuns: 2000 },
    );
  });

  it("reads a mebibyte of names in a time that grows no faster than they do", () => {
    const names = Array.from({ length: 90_000 }, (_, n) => `"n${n}":1`);
    const startedMs = performance.now();
    expect(read(`{${names.join(",")}}`)).toHaveProperty("value");
    // Measured: 0.1 s. Looking each name up among the others would take a minute.
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });
});
