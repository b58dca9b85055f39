/** One sign of a diagram. */
export interface DiagramMark {
  readonly atMs: number;
  readonly kind: "item" | "complete" | "error";
  /** Of an item. */
  readonly letter: string;
  /** Where it stands in the text, from 0. */
  readonly at: number;
}

export interface Diagram {
  readonly text: string;
  readonly marks: readonly DiagramMark[];
  /** The end of its last column. */
  readonly lengthMs: number;
}

/** What can't be read of a diagram, and where. */
export interface DiagramFault {
  readonly at: number;
  readonly found: string;
  readonly allowed: string;
}

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** A jump stands between blanks. */
const jump = /(?<=^|\s)(\d{1,9})(ms|s|m|h|d)(?=\s|$)/y;
/** Longest time that a diagram may show: 30 days. */
const MAX_LENGTH_MS = 30 * UNIT_MS.d;
const SIGNS = "a letter or digit, -, |, #, a group in brackets, or a jump such as 10m between blanks";

/**
 * Reads a diagram: one column is one millisecond, `-` is nothing, a letter or digit is an item, `|` the end, `#` an
 * error, `(ab)` several at the column of the bracket (its other columns pass as time), ` 10m ` a jump. Blanks are padding.
 */
export function readDiagram(text: string): Diagram | DiagramFault {
  const marks: DiagramMark[] = [];
  let nowMs = 0;
  let groupMs: number | undefined;
  let endedAt: number | undefined;
  for (let at = 0; at < text.length; ) {
    jump.lastIndex = at;
    const [whole, amount, unit] = groupMs === undefined ? (jump.exec(text) ?? []) : [];
    if (whole !== undefined) {
      nowMs += Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
      at += whole.length;
      if (nowMs > MAX_LENGTH_MS) return { at, found: "a time beyond 30d", allowed: "30d at most" };
      continue;
    }
    const sign = text.charAt(at);
    const kind = kindOf(sign);
    if (sign === "(" && groupMs === undefined) groupMs = nowMs;
    else if (sign === ")" && groupMs !== undefined) groupMs = undefined;
    else if (kind !== undefined) {
      if (endedAt !== undefined)
        return { at, found: `${sign} after the end`, allowed: "nothing after | or #" };
      marks.push({ atMs: groupMs ?? nowMs, kind, letter: kind === "item" ? sign : "", at });
      if (kind !== "item") endedAt = at;
    } else if (!(sign === "-" && groupMs === undefined) && !/\s/.test(sign))
      return { at, found: JSON.stringify(sign), allowed: SIGNS };
    if (!/\s/.test(sign)) nowMs++;
    at++;
  }
  if (groupMs !== undefined) return { at: text.length - 1, found: "no )", allowed: "a group that is closed" };
  return { text, marks, lengthMs: nowMs };
}

function kindOf(sign: string): DiagramMark["kind"] | undefined {
  if (sign === "|") return "complete";
  if (sign === "#") return "error";
  return /^[A-Za-z0-9]$/.test(sign) ? "item" : undefined;
}
