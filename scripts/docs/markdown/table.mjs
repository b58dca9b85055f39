/** A Markdown table. Cells may hold inline Markdown; line breaks and bars in them are made safe. */
export function table(headings, rows) {
  const lines = [headings, headings.map(() => "---"), ...rows.map((cells) => cells.map(safeCell))];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Inline code. */
export function code(text) {
  return `\`${text}\``;
}

/** The fragment that Markdown viewers give to a heading of this text. */
export function anchor(heading) {
  return heading
    .toLowerCase()
    .replace(/[^a-z0-9 _-]/g, "")
    .replaceAll(" ", "-");
}

function safeCell(text) {
  return String(text).replaceAll("|", "\\|").replaceAll("\n", " ");
}
