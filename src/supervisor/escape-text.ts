// Control characters but the tab, invisible and direction-changing ones, line separators, lone surrogates:
// a line of output must neither steer a terminal, nor look like a second line, nor read as another text.
const unsafeChars = /(?!\t)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Makes a stranger's text safe to print: each unsafe character becomes `\xHH` or `\u{HHHH}`. */
export function escapeText(text: string): string {
  return text.replace(unsafeChars, (char) => {
    const code = char.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    return code < 0x100 ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex}}`;
  });
}
