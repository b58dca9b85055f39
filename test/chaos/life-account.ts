import type { DeliveryCounts, ModuleDeliveryStats } from "../../src/bus/index.js";
import type { ModuleRecords } from "./module-records.js";

/** How a module's life ended, as far as it decides what may be said about it. */
export type LifeEnd = "cut off" | "stopped" | "stopped when all was handled";

/** The sums over all lives of one module. */
export interface LifeTotals {
  lives: number;
  connections: number;
  matched: number;
  delivered: number;
  handled: number;
  dropped: number;
  unsendable: number;
  failedClosed: number;
  fateUnknown: number;
  gaps: number;
  told: number;
}

const countKeys = [
  "matched",
  "delivered",
  "dropped_full",
  "failed_closed",
  "fate_unknown",
  "failed_serialization",
  "filtered",
  "waiting",
  "in_flight",
] as const satisfies readonly (keyof DeliveryCounts)[];

type Counts = Record<(typeof countKeys)[number], number>;

/**
 * Holds the host's books of one module against the module's own record, life by life. What doesn't fit is a sentence
 * in {@link problems}.
 */
export class LifeAccount {
  readonly problems: string[] = [];
  readonly totals: LifeTotals = {
    lives: 0,
    connections: 0,
    matched: 0,
    delivered: 0,
    handled: 0,
    dropped: 0,
    unsendable: 0,
    failedClosed: 0,
    fateUnknown: 0,
    gaps: 0,
    told: 0,
  };
  readonly faults = new Map<string, number>();
  readonly #name: string;
  readonly #before = new Map<string, Counts>();

  constructor(name: string) {
    this.#name = name;
  }

  /** Checks the balance of the books at any instant. */
  checkBalance(stats: ModuleDeliveryStats): void {
    for (const [type, counts] of Object.entries(stats.by_type)) this.#checkBalance(type, counts);
    for (const key of countKeys) {
      const sum = Object.values(stats.by_type).reduce((total, counts) => total + (counts?.[key] ?? 0), 0);
      if (sum !== stats[key]) this.#report(`${key} is ${stats[key]}, its types hold ${sum}`);
    }
  }

  /** Closes a life: nothing of the module is connected now, and its process is gone. */
  close(stats: ModuleDeliveryStats | undefined, records: ModuleRecords, howItEnded: LifeEnd): void {
    // A connection that was cut leaves a fate unknown, however well the life ends.
    const end = records.connections > 1 ? "cut off" : howItEnded;
    this.totals.lives++;
    this.totals.connections += records.connections;
    for (const [name, count] of records.faults) this.faults.set(name, (this.faults.get(name) ?? 0) + count);
    if (stats !== undefined) this.checkBalance(stats);
    const sum = this.#countLife(stats, records, end);
    for (const key of ["reordered", "duplicates", "unexplained"] as const) {
      if (records[key] !== 0) this.#report(`${records[key]} ${key} in the module's own record`);
    }
    const lost = sum.dropped_full + sum.failed_serialization;
    if (records.told > lost) this.#report(`${records.told} losses told, ${lost} in the books`);
    if (end === "stopped when all was handled" && records.told !== lost) {
      this.#report(`${lost} events lost and ${records.told} of them told to a module that handled all`);
    }
    this.totals.gaps += records.gaps;
    this.totals.told += records.told;
  }

  #countLife(stats: ModuleDeliveryStats | undefined, records: ModuleRecords, end: LifeEnd): Counts {
    const sum = noCounts();
    const types = new Set([...Object.keys(stats?.by_type ?? {}), ...records.byType.keys()]);
    for (const type of types) {
      const now = stats?.by_type[type as keyof ModuleDeliveryStats["by_type"]];
      const counts = this.#sinceLastLife(type, now);
      for (const key of countKeys) sum[key] += counts[key];
      this.#checkLife(type, counts, records.byType.get(type) ?? 0, end);
    }
    this.totals.matched += sum.matched;
    this.totals.delivered += sum.delivered;
    this.totals.handled += records.handled;
    this.totals.dropped += sum.dropped_full;
    this.totals.unsendable += sum.failed_serialization;
    this.totals.failedClosed += sum.failed_closed;
    this.totals.fateUnknown += sum.fate_unknown;
    return sum;
  }

  #sinceLastLife(type: string, now: DeliveryCounts | undefined): Counts {
    const before = this.#before.get(type) ?? noCounts();
    const current = now ?? noCounts();
    const counts = noCounts();
    for (const key of countKeys) counts[key] = current[key] - before[key];
    this.#before.set(type, pick(current));
    return counts;
  }

  #checkLife(type: string, counts: Counts, handled: number, end: LifeEnd): void {
    const { delivered, fate_unknown: fateUnknown, waiting, in_flight: inFlight } = counts;
    if (waiting !== 0 || inFlight !== 0)
      this.#report(`${type}: ${waiting} wait and ${inFlight} fly in no life`);
    if (handled < delivered || handled > delivered + fateUnknown) {
      this.#report(`${type}: delivered ${delivered}, handled ${handled}, fate unknown ${fateUnknown}`);
    }
    if (end !== "cut off" && handled !== delivered) {
      this.#report(`${type}: delivered ${delivered} and handled ${handled} at a clean stop`);
    }
    if (end === "stopped when all was handled" && counts.failed_closed !== 0) {
      this.#report(`${type}: ${counts.failed_closed} failed at the stop of a module that had handled all`);
    }
  }

  #checkBalance(type: string, counts: DeliveryCounts): void {
    const { matched, delivered, dropped_full, failed_closed, failed_serialization, filtered } = counts;
    const { waiting, in_flight } = counts;
    const accounted =
      delivered + dropped_full + failed_closed + failed_serialization + filtered + waiting + in_flight;
    if (accounted !== matched) this.#report(`${type}: matched ${matched}, accounted for ${accounted}`);
    if (Math.min(...countKeys.map((key) => counts[key])) < 0) this.#report(`${type}: a count below zero`);
  }

  #report(problem: string): void {
    this.problems.push(`${this.#name}, life ${this.totals.lives}: ${problem}`);
  }
}

function noCounts(): Counts {
  return Object.fromEntries(countKeys.map((key) => [key, 0])) as Counts;
}

function pick(counts: Counts): Counts {
  return Object.fromEntries(countKeys.map((key) => [key, counts[key]])) as Counts;
}
