export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** May be left out where the terminal is too narrow for all columns; the greatest number goes first. */
  readonly spare?: number;
}

/** A table without the columns that don't fit, and their titles. */
export interface FittedTable {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  readonly leftOut: readonly string[];
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

/** Leaves out as many spare columns as it takes, and no more than are spare. Without a width everything fits. */
export function fitTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width = Number.POSITIVE_INFINITY,
): FittedTable {
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  // The last column can be wrapped.
  const last = columns.length - 1;
  widths[last] = Math.min(widths[last] ?? 0, columns[last]?.align === "right" ? Infinity : MIN_LAST_WIDTH);
  let needed = widths.reduce((sum, each) => sum + each + GAP.length, -GAP.length);
  const left = new Set<number>();
  const spare = [...columns.keys()]
    .filter((index) => columns[index]?.spare !== undefined)
    .sort((a, b) => (columns[b]?.spare ?? 0) - (columns[a]?.spare ?? 0));
  for (const index of spare) {
    if (needed <= width) break;
    needed -= (widths[index] ?? 0) + GAP.length;
    left.add(index);
  }
  const isKept = (_: unknown, index: number) => !left.has(index);
  return {
    columns: columns.filter(isKept),
    rows: rows.map((row) => row.filter(isKept)),
    leftOut: columns.filter((_, index) => left.has(index)).map(({ title }) => title),
  };
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
