import { type Column, fitTable, renderTable } from "./table.js";
import { type SortKey, sortKeys, sortRows, type TopRow, topCells } from "./top-rows.js";

/** What the user has chosen. */
export interface TopView {
  readonly sort: SortKey;
  readonly isReversed: boolean;
  /** Part of a name; modules without it aren't shown. */
  readonly filter: string;
  /** The next keys belong to the filter. */
  readonly isTyping: boolean;
  readonly isOver: boolean;
}

export const firstView: TopView = {
  sort: "lost",
  isReversed: false,
  filter: "",
  isTyping: false,
  isOver: false,
};

const MAX_FILTER_CHARS = 64;
const CTRL_C = "\u0003";
const ESCAPE = "\u001b";

/** What a key changes; keys that mean nothing change nothing. */
export function pressKey(view: TopView, key: string): TopView {
  if (key === CTRL_C) return { ...view, isOver: true };
  if (view.isTyping) return typeKey(view, key);
  switch (key) {
    case "q":
      return { ...view, isOver: true };
    case "s":
      return { ...view, sort: neighbour(view.sort, 1) };
    case "S":
      return { ...view, sort: neighbour(view.sort, -1) };
    case "r":
      return { ...view, isReversed: !view.isReversed };
    case "/":
      return { ...view, isTyping: true };
    case ESCAPE:
      return { ...view, filter: "" };
    default:
      return view;
  }
}

function typeKey(view: TopView, key: string): TopView {
  if (key === "\r" || key === "\n") return { ...view, isTyping: false };
  if (key === ESCAPE) return { ...view, isTyping: false, filter: "" };
  if (key === "\u007f" || key === "\b") return { ...view, filter: view.filter.slice(0, -1) };
  const isPrintable = key.length === 1 && key >= " ";
  return isPrintable && view.filter.length < MAX_FILTER_CHARS ? { ...view, filter: view.filter + key } : view;
}

function neighbour(sort: SortKey, step: number): SortKey {
  const index = (sortKeys.indexOf(sort) + step + sortKeys.length) % sortKeys.length;
  return sortKeys[index] ?? "lost";
}

const right = (title: string): Column => ({ title, align: "right" });
const columns: readonly Column[] = [
  { title: "MODULE" },
  { title: "STATE" },
  ...["EV/S", "LOST/S"].map(right),
  { ...right("LOST"), spare: 1 },
  ...["QUEUE", "P99", "CPU", "MEMORY"].map(right),
];

/** The table of the modules that the view shows, in its order; where it is narrow without what matters least. */
export function topTable(
  rows: readonly TopRow[],
  { sort, isReversed, filter }: TopView,
  width?: number,
): string {
  const shown = sortRows(
    rows.filter(({ name }) => name.includes(filter)),
    sort,
    isReversed,
  );
  const fitted = fitTable(columns, shown.map(topCells), width);
  return renderTable(fitted.columns, fitted.rows);
}

/** A screen of at most so many lines: what is shown, how, and which keys there are. Lines are cut at the right edge. */
export function topScreen(
  rows: readonly TopRow[],
  view: TopView,
  size: { readonly columns: number; readonly lines: number },
  timeText: string,
): string {
  const { sort, isReversed, filter, isTyping } = view;
  const by = `by ${sort}${isReversed ? ", reversed" : ""}`;
  const named = filter === "" && !isTyping ? "" : `, names with "${filter}${isTyping ? "_" : ""}"`;
  const head = `${timeText}  ${rows.length} modules ${by}${named}`;
  const keys = isTyping
    ? "type a part of a name, Enter to keep it, Esc to drop it"
    : "q quit  s sort by the next column  S by the one before  r reverse  / filter";
  const table = topTable(rows, view, size.columns).trimEnd().split("\n");
  const room = Math.max(2, size.lines - 3);
  const cut =
    table.length > room ? [...table.slice(0, room - 1), `… ${table.length - room + 1} more`] : table;
  return [head, keys, ...cut].map((line) => line.slice(0, size.columns)).join("\n");
}
