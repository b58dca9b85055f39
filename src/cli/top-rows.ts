import { type Figures, type FiguresAnswer, timeText } from "./module-figures.js";

/** One module between two readings. */
export interface TopRow {
  readonly name: string;
  readonly state: string;
  readonly health: string;
  /** Events acknowledged each second. */
  readonly rate: number;
  /** Events lost to the full channel each second. */
  readonly lossRate: number;
  readonly lost: number;
  readonly waiting: number;
  readonly capacity: number;
  /** Upper bound of the bucket that holds the 99th percentile, milliseconds; undefined when nothing was acknowledged. */
  readonly p99Ms: number | undefined;
  readonly cpuPercent: number | undefined;
  readonly memoryBytes: number | undefined;
}

/** What happened between two answers; without an earlier one all rates are 0. */
export function topRows(before: FiguresAnswer | undefined, now: FiguresAnswer): readonly TopRow[] {
  const earlier = new Map(before?.modules.map((module) => [module.name, module]));
  const seconds = before === undefined ? 0 : (now.at_ms - before.at_ms) / 1000;
  return now.modules.map((module) => rowOf(earlier.get(module.name), module, seconds));
}

function rowOf(before: Figures | undefined, now: Figures, seconds: number): TopRow {
  const { name, state, health, delivery, queue, use } = now;
  // Books that were reset begin anew: a rate is never negative.
  const grown = (count: (module: Figures) => number) =>
    before === undefined || seconds <= 0 ? 0 : Math.max(0, count(now) - count(before)) / seconds;
  return {
    name,
    state,
    health: health?.state ?? "-",
    rate: grown(({ delivery: books }) => books?.delivered ?? 0),
    lossRate: grown(({ delivery: books }) => books?.dropped_full ?? 0),
    lost: delivery?.dropped_full ?? 0,
    waiting: delivery?.waiting ?? 0,
    capacity: queue?.capacity ?? 0,
    p99Ms: percentileMs(before?.latency.counts ?? [], now.latency),
    cpuPercent: use?.cpu_percent ?? undefined,
    memoryBytes: use?.memory_bytes ?? undefined,
  };
}

function percentileMs(
  before: readonly number[],
  { bounds_seconds, counts }: Figures["latency"],
): number | undefined {
  const grown = counts.map((count, slot) => Math.max(0, count - (before[slot] ?? 0)));
  const total = grown.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let seen = 0;
  const slot = grown.findIndex((count) => {
    seen += count;
    return seen >= 0.99 * total;
  });
  return 1000 * (bounds_seconds[slot] ?? Number.POSITIVE_INFINITY);
}

export const sortKeys = ["module", "rate", "lost", "queue", "p99", "cpu", "memory"] as const;
export type SortKey = (typeof sortKeys)[number];

const weights: Readonly<Record<Exclude<SortKey, "module">, (row: TopRow) => number>> = {
  rate: ({ rate }) => rate,
  lost: ({ lossRate, lost }) => lossRate * 1e9 + lost,
  queue: ({ waiting, capacity }) => (capacity === 0 ? 0 : waiting / capacity),
  p99: ({ p99Ms }) => p99Ms ?? -1,
  cpu: ({ cpuPercent }) => cpuPercent ?? -1,
  memory: ({ memoryBytes }) => memoryBytes ?? -1,
};

/** The greatest first, names from A; equal ones by name. Reversed: the other way round. */
export function sortRows(rows: readonly TopRow[], key: SortKey, isReversed: boolean): readonly TopRow[] {
  const byName = (a: TopRow, b: TopRow) => (a.name < b.name ? -1 : 1);
  const sorted = rows.toSorted(
    key === "module" ? byName : (a, b) => weights[key](b) - weights[key](a) || byName(a, b),
  );
  return isReversed ? sorted.reverse() : sorted;
}

/** The cells of a row, as texts. */
export function topCells(row: TopRow): readonly string[] {
  const { waiting, capacity, p99Ms, cpuPercent, memoryBytes } = row;
  return [
    row.name,
    // Of one that runs it is the health that matters.
    row.state === "Running" && row.health !== "-" ? row.health : row.state,
    rateText(row.rate),
    rateText(row.lossRate),
    String(row.lost),
    capacity === 0 ? "-" : `${waiting}/${capacity}`,
    p99Ms === undefined ? "-" : latencyText(p99Ms),
    cpuPercent === undefined ? "-" : `${cpuPercent.toFixed(1)} %`,
    memoryBytes === undefined ? "-" : `${Math.round(memoryBytes / 1024 ** 2)} MiB`,
  ];
}

function rateText(perSecond: number): string {
  return perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : String(Math.round(perSecond));
}

function latencyText(ms: number): string {
  return ms === Number.POSITIVE_INFINITY ? "> 1.9 s" : `≤ ${timeText(ms)}`;
}
