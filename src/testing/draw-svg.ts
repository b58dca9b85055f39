import type { DrawnRow } from "./draw-table.js";

const COLUMN_PX = 9;
const LINE_PX = 20;
const MARGIN_PX = 16;
const STYLE = `text{font:14px ui-monospace,Menlo,Consolas,monospace;fill:#1b1f24;white-space:pre}
.title{font-weight:700;font-size:17px}.name{font-weight:700}.failed{fill:#b3261e}
rect{fill:#fff}circle{fill:#cfe3ff;stroke:#3b6fb6}
.dropped circle{fill:#ffd3cf;stroke:#b3261e}.dropped text{fill:#b3261e}
.gaps text{fill:#7a5b00}.gap circle{fill:#ffe9a8;stroke:#9a7400}
@media(prefers-color-scheme:dark){text{fill:#e6e8eb}rect{fill:#14181d}circle{fill:#1f3f6b;stroke:#7fb0f5}
.failed,.dropped text{fill:#ff8a80}.dropped circle{fill:#5c1f1b;stroke:#ff8a80}.gaps text{fill:#ffd766}
.gap circle{fill:#5a4300;stroke:#ffd766}}`;

const LANE = /^(.*?\S) {2,}(\S.*)$/;
/** Lines of marbles; all else on a drawing is text. */
const MARBLES = /^[-A-Za-z0-9()|#!+]+(?: (?:\d+(?:ms|[smhd]) )+[-A-Za-z0-9()|#!+]*)*$/;

/**
 * A table of rows that were run, as one SVG: without scripts, its text can be selected and is escaped, title and
 * description are there for who can't see it, and its colours follow the reader's light or dark scheme.
 */
export function drawSvg(title: string, rows: readonly DrawnRow[]): string {
  const parts: string[] = [];
  let widthColumns = title.length + 4;
  let yPx = MARGIN_PX + LINE_PX;
  const line = (text: string, draw: (yPx: number) => string) => {
    widthColumns = Math.max(widthColumns, text.length);
    parts.push(draw(yPx));
    yPx += LINE_PX;
  };
  line(title, (y) => textElement(title, y, "title"));
  for (const { name, isPassed, drawing } of rows) {
    yPx += LINE_PX / 2;
    const heading = isPassed ? name : `${name} (failed)`;
    line(heading, (y) => textElement(heading, y, isPassed ? "name" : "name failed"));
    for (const text of drawing.split("\n")) line(text, (y) => lane(text, y));
  }
  const width = 2 * MARGIN_PX + widthColumns * COLUMN_PX;
  const height = yPx + MARGIN_PX;
  const description = rows.map(({ name, drawing }) => `${name}.\n${drawing}`).join("\n\n");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="desc">${escaped(description)}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect width="${width}" height="${height}"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

/** One line of a drawing; a line of marbles gets a circle under each marble. */
function lane(text: string, yPx: number): string {
  const [, label = "", marbles = ""] = LANE.exec(text) ?? [];
  const kind = /^ *(?:dropped|failed)$/.test(label) ? "dropped" : /^ *gaps$/.test(label) ? "gaps" : "";
  const isLine = MARBLES.test(marbles) && !/^ *(?:books|counts|in flight|waiting|ms)$/.test(label);
  const start = text.length - marbles.length;
  const circles = isLine
    ? marbleColumns(marbles).map((column) => circle(start + column, yPx, marbles[column]))
    : [];
  return `<g class="${kind || "lane"}">${circles.join("")}${textElement(text, yPx)}</g>`;
}

/** Where a letter or a digit is a marble, and no part of a jump such as `10m`. */
function marbleColumns(marbles: string): number[] {
  const jumps = [...marbles.matchAll(/ (?:\d+(?:ms|[smhd]) )+/g)].map(
    ({ index, 0: { length } }) => [index, index + length] as const,
  );
  return [...marbles].flatMap((char, column) =>
    /[A-Za-z0-9]/.test(char) && !jumps.some(([from, to]) => column >= from && column < to) ? [column] : [],
  );
}

function circle(column: number, yPx: number, char = ""): string {
  const element = `<circle cx="${MARGIN_PX + (column + 0.5) * COLUMN_PX}" cy="${yPx - 5}" r="8"/>`;
  return /[0-9]/.test(char) ? `<g class="gap">${element}</g>` : element;
}

/** Each character at its column, whatever font the reader has. */
function textElement(text: string, yPx: number, name = ""): string {
  if (text === "") return "";
  const isProse = name !== "";
  const xs = isProse
    ? `${MARGIN_PX}`
    : [...text].map((_, column) => MARGIN_PX + column * COLUMN_PX).join(" ");
  return `<text${isProse ? ` class="${name}"` : ""} xml:space="preserve" x="${xs}" y="${yPx}">${escaped(text)}</text>`;
}

/** Nothing of a table leaves its text; characters that XML can't hold are shown as `?`. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "?")
    .replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
