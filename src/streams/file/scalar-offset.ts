const LINE_END = /\r\n|\n|\r/;
/** How many characters stand for one after these letters of an escape. */
const ESCAPE_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
/** Escapes that stand for white space of CEL. */
const BLANK_ESCAPES = "ntr \t\n";

/**
 * The place in the file of a character of a scalar's value, for every style of YAML: plain, quoted, literal, folded.
 * Folding changes white space only, so the place is found by counting the other characters; a place that is white space
 * itself becomes that of the next word.
 * @param written the scalar as it stands in the file, from its first character (its quote or its `|`)
 * @returns characters from the beginning of `written`
 */
export function offsetInScalar(written: string, value: string, at: number): number {
  let left = countWords(value.slice(0, at));
  const style = written[0];
  let offset = style === "|" || style === ">" ? written.search(LINE_END) : 0;
  if (style === "'" || style === '"') offset = 1;
  for (offset = Math.max(0, offset); offset < written.length; ) {
    const [length, isBlank] = characterAt(written, offset, style);
    if (!isBlank && left-- === 0) return offset;
    offset += length;
  }
  return Math.max(0, written.length - 1);
}

function countWords(text: string): number {
  return text.length - (text.match(/\s/g)?.length ?? 0);
}

/** How much of the text one character of the value takes, and whether that is white space. */
function characterAt(written: string, offset: number, style: string | undefined): readonly [number, boolean] {
  const character = written.charAt(offset);
  if (style === "'" && character === "'" && written[offset + 1] === "'") return [2, false];
  if (style === '"' && character === "\\") {
    const escaped = written.charAt(offset + 1);
    return [2 + (ESCAPE_DIGITS[escaped] ?? 0), BLANK_ESCAPES.includes(escaped)];
  }
  return [1, /\s/.test(character)];
}
