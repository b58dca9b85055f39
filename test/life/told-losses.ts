import { expect } from "vitest";
import type { ManagerUnderTest } from "../kit/host-manager.js";
import type { Recording } from "../kit/host-module-folder.js";
import { expectBalance } from "../kit/host-until.js";

/** What a recorder's lives make of the events that were published while it was subscribed. */
export interface Account {
  readonly handled: number;
  readonly told: number;
  /** Handled by a predecessor that could not say so any more, and told to its successor as lost. */
  readonly handledAndTold: number;
  readonly recording: Recording;
}

/**
 * Holds a recorder's own record, over all its lives, against what was published and against the host's books:
 * nothing was handled twice or out of order, and what was not handled is in a gap at its place. It must be at rest.
 */
export async function expectEveryLossTold(
  host: ManagerUnderTest,
  name: string,
  published: readonly number[],
): Promise<Account> {
  const recording = await host.recording(name);
  const { seqs, gaps } = recording;
  expect(seqs.filter((seq, at) => at > 0 && seq <= (seqs[at - 1] as number))).toEqual([]);
  // A gap that a predecessor heard of and could not acknowledge is told again, as a part of a larger one.
  const isPartOf = (one: (typeof gaps)[number], other: (typeof gaps)[number]) =>
    one.to < other.from || (one.from >= other.from && one.to <= other.to);
  expect(gaps.filter((gap, at) => at > 0 && !isPartOf(gaps[at - 1] as typeof gap, gap))).toEqual([]);
  const told = new Set<number>();
  for (const { from, to, count } of gaps) {
    const lost = published.slice(published.indexOf(from), published.indexOf(to) + 1);
    expect({ from, to, count }).toEqual({ from: lost[0], to: lost.at(-1), count: lost.length });
    for (const seq of lost) told.add(seq);
  }
  const handled = new Set(seqs);
  expect(published.filter((seq) => !handled.has(seq) && !told.has(seq))).toEqual([]);
  const stats = host.stats(name);
  expectBalance(stats);
  expect(stats).toMatchObject({ matched: published.length, waiting: 0, in_flight: 0 });
  expect(told.size).toBe(stats.dropped_full + stats.failed_closed);
  const handledAndTold = seqs.filter((seq) => told.has(seq)).length;
  expect(handledAndTold).toBeLessThanOrEqual(stats.fate_unknown);
  expect(handled.size).toBe(stats.delivered + handledAndTold);
  return { handled: handled.size, told: told.size, handledAndTold, recording };
}
