/**
 * Text of a module's author or of a file system as it may stand in a message: control, invisible and
 * direction-changing characters are written as `\\u{…}`, so that it can't steer a terminal or fake a line.
 */
export function showText(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
