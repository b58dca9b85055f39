import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readTrace, type TraceContext, traceFields } from "../src/trace-context.js";

const hex = (chars: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: chars, maxLength: chars });
const id = (chars: number) => hex(chars).filter((text) => /[^0]/.test(text));
const state = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 512,
});
const trace: fc.Arbitrary<TraceContext> = fc.record(
  { traceId: id(32), spanId: id(16), flags: fc.integer({ min: 0, max: 255 }), state },
  { requiredKeys: ["traceId", "spanId", "flags"] },
);

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const SPAN_ID = "b7ad6b7169203331";
const good = `00-${TRACE_ID}-${SPAN_ID}-01`;

/** The specification's words, one by one, without a pattern. */
function isWellFormed(text: string): boolean {
  const isHex = (part: string) => [...part].every((char) => "0123456789abcdef".includes(char));
  const parts = text.split("-");
  const [version, traceId = "", spanId = "", flags = ""] = parts;
  return (
    parts.length === 4 &&
    version === "00" &&
    [traceId.length, spanId.length, flags.length].join() === "32,16,2" &&
    [traceId, spanId, flags].every(isHex) &&
    traceId !== "0".repeat(32) &&
    spanId !== "0".repeat(16)
  );
}

describe("the context of a trace", () => {
  it("is read as it was written, whatever it holds", () => {
    fc.assert(
      fc.property(trace, (given) => {
        const fields = traceFields(given);
        expect(fields.traceparent).toHaveLength(55);
        expect(readTrace({ ...fields })).toEqual(given);
      }),
    );
  });

  it("counts as none with one character more, less or other that the form doesn't allow", () => {
    const spoilt = fc
      .record({
        trace,
        at: fc.integer({ min: 0, max: 55 }),
        cut: fc.integer({ min: 0, max: 2 }),
        put: fc.string({ maxLength: 2 }),
      })
      .map(({ trace, at, cut, put }) => {
        const { traceparent = "" } = traceFields(trace);
        return traceparent.slice(0, at) + put + traceparent.slice(at + cut);
      });
    fc.assert(
      fc.property(spoilt, (traceparent) => {
        expect(readTrace({ traceparent }) !== undefined, traceparent).toBe(isWellFormed(traceparent));
      }),
      { numRuns: 2000 },
    );
  });

  it("counts as none, without a throw, where it is anything at all", () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (traceparent, tracestate) => {
        expect(readTrace({ traceparent, tracestate })).toBeUndefined();
      }),
    );
  });

  it.each([
    ["empty", ""],
    ["upper case", good.toUpperCase()],
    ["another version", good.replace(/^00/, "01")],
    ["the forbidden version", good.replace(/^00/, "ff")],
    ["a trace of zeros", good.replace(TRACE_ID, "0".repeat(32))],
    ["a span of zeros", good.replace(SPAN_ID, "0".repeat(16))],
    ["more at its end", `${good}-00`],
    ["a line's end", `${good}\n`],
    ["two at once", `${good}, ${good}`],
  ])("counts as none with %s", (_what, traceparent) => {
    expect(readTrace({ traceparent: good, tracestate: "a=1" })).toEqual({
      traceId: TRACE_ID,
      spanId: SPAN_ID,
      flags: 1,
      state: "a=1",
    });
    expect(readTrace({ traceparent, tracestate: "a=1" })).toBeUndefined();
  });

  it("loses a state that is too long or no plain text, and nothing else", () => {
    const read = (tracestate: unknown) => readTrace({ traceparent: good, tracestate });
    expect(read("x".repeat(512))?.state).toHaveLength(512);
    for (const tracestate of ["x".repeat(513), "", "a=\u00e9", "a=1\r\nb=2", ["a=1"], null]) {
      expect(read(tracestate)).toEqual({ traceId: TRACE_ID, spanId: SPAN_ID, flags: 1 });
    }
  });

  it("has no fields where there is none", () => {
    expect(traceFields(undefined)).toEqual({});
  });
});
