import type { Writable } from "node:stream";

// What steers a terminal or makes a text read as another: control, invisible and direction-changing characters, line
// separators, halves of surrogate pairs. Line feed and tab are what texts are made of.
const STEERING = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A stranger's text for a reader: each character that could steer a terminal becomes `\xHH` or `\u{HHHH}`. */
export function terminalText(text: string): string {
  return text.replace(STEERING, (char) => {
    const hex = (char.codePointAt(0) ?? 0).toString(16);
    return hex.length > 2 ? `\\u{${hex}}` : `\\x${hex.padStart(2, "0")}`;
  });
}

/** Text as it is for a file or a pipe, and safe to show for a terminal. */
export function textFor(stream: Writable, text: string): string {
  return "isTTY" in stream && stream.isTTY === true ? terminalText(text) : text;
}
