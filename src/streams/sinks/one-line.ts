/** Characters that break a line, steer a terminal or turn the direction of writing. */
const STEERING = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Text that stays on its line and does nothing to a terminal: what steers is shown as `\x1b`. */
export function oneLine(text: string): string {
  return text.replace(STEERING, (char) => {
    const hex = (char.codePointAt(0) ?? 0).toString(16);
    return hex.length > 2 ? `\\u{${hex}}` : `\\x${hex.padStart(2, "0")}`;
  });
}
