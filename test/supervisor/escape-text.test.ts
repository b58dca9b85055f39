import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeText } from "../../src/supervisor/escape-text.js";

describe("escapeText", () => {
  it.each([
    ["\u001b[31mred", "\\x1b[31mred"],
    ["a\r\nb", "a\\x0d\\x0ab"],
    ["a\u009b1m", "a\\x9b1m"],
    ["a\u2028b", "a\\u{2028}b"],
    ["user\u202etxt.exe", "user\\u{202e}txt.exe"],
    ["\ud800", "\\u{d800}"],
    ["tab\tétude 日本 🟠", "tab\tétude 日本 🟠"],
  ])("turns %j into printable text", (text, safe) => {
    expect(escapeText(text)).toBe(safe);
  });

  it("leaves no control character of any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(escapeText(text)).not.toMatch(/(?!\t)[\p{Cc}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
