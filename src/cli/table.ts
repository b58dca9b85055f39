export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

const GAP = "  ";
/** The last column is wrapped to what is left of the line, but never narrower than this. */
const MIN_LAST_WIDTH = 20;

/**
 * Lays rows out in columns as wide as their contents. Where the terminal is narrower, the last column is wrapped.
 * Control characters are shown as `?`.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width?: number,
): string {
  const cells = [columns.map(({ title }) => title), ...rows].map((row) => row.map(printable));
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)));
  const last = columns.length - 1;
  const before = widths.slice(0, last).reduce((sum, each) => sum + each + GAP.length, 0);
  const lastWidth = width === undefined ? Number.POSITIVE_INFINITY : Math.max(MIN_LAST_WIDTH, width - before);
  const lines = cells.flatMap((row) =>
    wrap(row[last] ?? "", lastWidth).map((part, index) => {
      const head = columns.slice(0, last).map(({ align }, column) => {
        const text = index === 0 ? (row[column] ?? "") : "";
        return align === "right" ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
      });
      const isRight = columns[last]?.align === "right";
      return [...head, isRight ? part.padStart(widths[last] ?? 0) : part].join(GAP).trimEnd();
    }),
  );
  return `${lines.join("\n")}\n`;
}

/** Breaks a text at spaces into lines of at most `width`; a longer word stays whole. */
export function wrap(text: string, width: number): readonly string[] {
  if (text.length <= width) return [text];
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line === "") line = word;
    else if (line.length + 1 + word.length <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

/** Text from elsewhere must not move the cursor or colour the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "?");
}
