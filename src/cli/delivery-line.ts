import type { DeliveryView } from "../host.js";

type Stats = Pick<
  NonNullable<ReturnType<DeliveryView["getDeliveryStats"]>>,
  | "matched"
  | "delivered"
  | "dropped_full"
  | "failed_closed"
  | "failed_serialization"
  | "waiting"
  | "in_flight"
>;

/** Cumulative counts of a histogram: up to which seconds, how many. */
export type Buckets = readonly (readonly [leSeconds: number, count: number])[];

/** What was delivered, as far as a line needs it. */
export interface DeliveryReading {
  readonly stats: Stats | undefined;
  /** Time from publish to acknowledgement. */
  readonly latency: Buckets;
}

/**
 * One line about what happened between two readings, totals in brackets; undefined when nothing did.
 * The 99th percentile is the upper bound of the bucket that it falls into.
 */
export function deliveryLine(
  moduleName: string,
  before: DeliveryReading | undefined,
  now: DeliveryReading,
): string | undefined {
  const { stats } = now;
  if (stats === undefined) return undefined;
  const grown = (count: (stats: Stats) => number) => {
    const total = count(stats);
    const last = before?.stats === undefined ? 0 : count(before.stats);
    return { total, by: total - last };
  };
  const matched = grown(({ matched }) => matched);
  const delivered = grown(({ delivered }) => delivered);
  const dropped = grown(({ dropped_full }) => dropped_full);
  const failed = grown(({ failed_closed, failed_serialization }) => failed_closed + failed_serialization);
  if ([matched, delivered, dropped, failed].every(({ by }) => by === 0)) return undefined;
  const counts = [
    `matched ${shown(matched)}`,
    `delivered ${shown(delivered)}`,
    `dropped ${shown(dropped)}`,
    ...(failed.total === 0 ? [] : [`failed ${shown(failed)}`]),
    ...(stats.waiting + stats.in_flight === 0 ? [] : [`under way ${stats.waiting + stats.in_flight}`]),
  ];
  const p99 = percentileText(before?.latency ?? [], now.latency);
  return `${moduleName}: ${counts.join(", ")}${p99 === undefined ? "" : `, p99 ${p99}`}`;
}

function shown({ total, by }: { readonly total: number; readonly by: number }): string {
  return `+${by} (${total})`;
}

function percentileText(before: Buckets, now: Buckets): string | undefined {
  const earlier = new Map(before);
  const grown = now.map(([leSeconds, count]) => [leSeconds, count - (earlier.get(leSeconds) ?? 0)] as const);
  const total = grown.at(-1)?.[1] ?? 0;
  if (total <= 0) return undefined;
  const bound = grown.find(([, count]) => count >= 0.99 * total)?.[0] ?? Number.POSITIVE_INFINITY;
  if (bound !== Number.POSITIVE_INFINITY) return `≤ ${milliseconds(bound)}`;
  const last = grown.at(-2)?.[0];
  return last === undefined ? undefined : `> ${milliseconds(last)}`;
}

function milliseconds(seconds: number): string {
  return `${Number((seconds * 1000).toPrecision(3))} ms`;
}

const bucketLine = /^blvm_event_delivery_latency_seconds_bucket\{([^}]*)\} (\d+)$/gm;

/** The latency histogram of one module in a text of /metrics; empty when it has none. */
export function latencyBuckets(metricsText: string, moduleName: string): Buckets {
  const buckets: (readonly [number, number])[] = [];
  for (const [, labels = "", count] of metricsText.matchAll(bucketLine)) {
    const le = /(?:^|,)le="([^"]+)"/.exec(labels)?.[1];
    if (le === undefined || !labels.includes(`module="${moduleName}"`)) continue;
    buckets.push([le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le), Number(count)]);
  }
  return buckets.sort(([a], [b]) => a - b);
}
