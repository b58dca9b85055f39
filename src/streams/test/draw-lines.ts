/** A sign at its time. */
export interface DrawnSign {
  readonly atMs: number;
  readonly sign: string;
}

/** A silence up to this long is drawn column by column, a longer one as a jump. */
const LONGEST_DASHES = 20;
const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
] as const;

/**
 * Draws several lines of signs one below another: what stands at the same time stands in the same column. Groups take
 * brackets, long silences are jumps.
 */
export function drawLines(lines: readonly (readonly DrawnSign[])[], lengthMs: number): readonly string[] {
  const times = [...new Set(lines.flatMap((line) => line.map(({ atMs }) => atMs)))].sort((a, b) => a - b);
  const drawn = lines.map(() => "");
  let nowMs = 0;
  const pass = (untilMs: number) => {
    const silence = silenceText(untilMs - nowMs);
    for (const index of drawn.keys()) drawn[index] += silence;
  };
  for (const atMs of times) {
    pass(atMs);
    const cells = lines.map((line) => cellOf(line.filter((one) => one.atMs === atMs)));
    const width = Math.max(...cells.map(({ length }) => length));
    for (const [index, cell] of cells.entries()) drawn[index] += cell.padEnd(width, "-");
    nowMs = atMs + 1;
  }
  pass(lengthMs);
  return drawn;
}

function cellOf(signs: readonly DrawnSign[]): string {
  const text = signs.map(({ sign }) => sign).join("");
  return text.length > 1 ? `(${text})` : text;
}

function silenceText(ms: number): string {
  if (ms <= LONGEST_DASHES) return "-".repeat(Math.max(0, ms));
  let left = ms;
  const parts: string[] = [];
  for (const [unit, unitMs] of UNITS) {
    if (left >= unitMs) parts.push(`${Math.floor(left / unitMs)}${unit}`);
    left %= unitMs;
  }
  if (left > 0) parts.push(`${left}ms`);
  return ` ${parts.join(" ")} `;
}
