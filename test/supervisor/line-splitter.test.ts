import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineSplitter } from "../../src/supervisor/line-splitter.js";

function split(chunks: readonly Uint8Array[], maxBytes: number): { text: string; isCut: boolean }[] {
  const splitter = new LineSplitter({ maxBytes });
  const lines = chunks.flatMap((chunk) => [...splitter.push(Buffer.from(chunk))]);
  const last = splitter.flush();
  if (last !== undefined) lines.push(last);
  return lines.map(({ bytes, isCut }) => ({ text: bytes.toString("utf8"), isCut }));
}

describe("LineSplitter", () => {
  it("yields whole lines and keeps the unfinished one for the end", () => {
    const lines = split([Buffer.from("a\r\nb"), Buffer.from("c\n\nd")], 100);
    expect(lines.map(({ text }) => text)).toEqual(["a", "bc", "", "d"]);
  });

  it("accepts a line of exactly the maximum", () => {
    expect(split([Buffer.from("abcd\nx\n")], 4)).toEqual([
      { text: "abcd", isCut: false },
      { text: "x", isCut: false },
    ]);
  });

  it("cuts a longer line between characters", () => {
    expect(split([Buffer.from("abcé🟠z\n")], 4)).toEqual([
      { text: "abc", isCut: true },
      { text: "é", isCut: true },
      { text: "🟠", isCut: true },
      { text: "z", isCut: false },
    ]);
  });

  it("yields the same lines wherever the bytes are cut into chunks", () => {
    const chunk = fc.uint8Array({ maxLength: 20 });
    fc.assert(
      fc.property(fc.array(chunk), fc.integer({ min: 1, max: 30 }), (chunks, maxBytes) => {
        const whole = split([Buffer.concat(chunks)], maxBytes);
        expect(split(chunks, maxBytes)).toEqual(whole);
        for (const { text } of whole) expect(text).not.toContain("\n");
      }),
    );
  });
});
