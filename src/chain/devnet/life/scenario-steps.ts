import { z } from "zod";

const MOST_BLOCKS = 1000;
const LONGEST_WAIT_MS = 3_600_000;
const MOST_SATOSHI = 2_100_000_000_000_000;
const LATEST_S = 2 ** 32 - 1;

/** Where a step names what an earlier one made. */
export const labelPattern = /^[a-z][a-z0-9_-]{0,39}$/;

function words(allowed: string) {
  return { error: () => allowed };
}

function whole(least: number, most: number, what = "a whole number") {
  const allowed = `${what} from ${least} to ${most}`;
  return z.int(words(allowed)).min(least, words(allowed)).max(most, words(allowed));
}

const feeRate = () => {
  const allowed = "a fee rate in sat/vB from 0 to 1000000";
  return z.number(words(allowed)).min(0, words(allowed)).max(1_000_000, words(allowed));
};
const flag = () => z.boolean(words("true or false"));
const label = () => {
  const allowed = "a label: a letter, then at most 39 of a-z, 0-9, _ and -";
  return z.string(words(allowed)).regex(labelPattern, words(allowed));
};
const text = (what: string, most = 200) => {
  const allowed = `${what} of 1 to ${most} characters`;
  return z.string(words(allowed)).min(1, words(allowed)).max(most, words(allowed));
};
const block = () => text("a block: a label, tip or a hash", 64);
const transaction = () => text("a transaction: a label or an id", 64);
const peer = () => text("a peer: a label or an address", 64);

/** A list of at most 1,000. */
function list<Item extends z.ZodType>(item: Item, what: string) {
  const allowed = `a list of at most 1000 ${what}`;
  return z.array(item, words(allowed)).max(1000, words(allowed));
}

const durationWords = "a duration from 0ms to 1h, such as 500ms, 2s, 10m or 1h";
const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a text such as 500ms. */
const duration = (longestMs: number, allowed: string) =>
  z
    .string(words(allowed))
    .transform((given) => {
      const [, count, unit = ""] = /^(\d{1,9})(ms|s|m|h)$/.exec(given) ?? [];
      return count === undefined ? Number.NaN : Number(count) * (unitMs[unit] ?? Number.NaN);
    })
    .refine((ms) => ms >= 0 && ms <= longestMs, words(allowed));

/** A step that may be written as its main value alone, such as `mine: 3`. */
function short<Shape extends z.core.$ZodLooseShape>(main: keyof Shape & string, shape: Shape) {
  return z.preprocess(
    (given) => (typeof given === "object" && given !== null ? given : { [main]: given ?? undefined }),
    z.strictObject(shape),
  );
}

/** A step that takes nothing. */
const nothing = () => z.preprocess((given) => given ?? {}, z.strictObject({}));

/** What a scenario can do, by the name of the step. `repeat` is the parser's. */
export const stepSchemas = {
  mine: short("count", {
    count: whole(1, MOST_BLOCKS).default(1),
    address: text("an address", 100).optional(),
    empty: flag().default(false),
    as: label().optional(),
  }),
  mine_exactly: z.strictObject({
    transactions: list(
      text("a label, a transaction id or raw hex", 400_000),
      "transactions: labels, ids or raw hex",
    ),
    address: text("an address", 100).optional(),
    as: label().optional(),
  }),
  pay: z.strictObject({
    value_sat: whole(1, MOST_SATOSHI, "an amount in satoshi"),
    fee_rate: feeRate(),
    replaceable: flag().default(true),
    address: text("an address", 100).optional(),
    parent: transaction().optional(),
    as: label().optional(),
  }),
  bump: z.strictObject({ transaction: transaction(), fee_rate: feeRate(), as: label().optional() }),
  reorganize: short("depth", { depth: whole(1, 100) }),
  invalidate: short("block", { block: block() }),
  reconsider: short("block", { block: block() }),
  connect_peer: short("as", {
    address: text("an address", 64).optional(),
    transport: z.enum(["tcp", "quinn", "iroh"], words("tcp, quinn or iroh")).optional(),
    as: label().optional(),
  }),
  disconnect_peer: short("peer", {
    peer: peer(),
    reason: z
      .enum(["timeout", "error", "ban", "manual"], words("timeout, error, ban or manual"))
      .default("manual"),
  }),
  ban_peer: short("peer", {
    peer: peer(),
    reason: text("a reason").default("manual"),
    duration_s: whole(1, LATEST_S, "a number of seconds").optional(),
  }),
  unban_peer: short("peer", { peer: peer() }),
  invalid_block: short("peer", { peer: peer() }),
  flood: short("peer", { peer: peer(), messages: whole(1, 1000).default(500) }),
  gossip: short("count", { count: whole(1, 10).default(1) }),
  partition: short("as", {
    share: z
      .number(words("a share from 0 to 1"))
      .min(0, words("a share from 0 to 1"))
      .max(1, words("a share from 0 to 1"))
      .default(0.5),
    as: label(),
  }),
  reconnect: short("partition", { partition: label() }),
  set_time: short("time_s", { time_s: whole(0, LATEST_S, "Unix time in seconds, 0 for the real clock,") }),
  advance_time: short("by", {
    by: duration(1e12, "a duration from 0ms, such as 90s, 10m or 336h"),
  }),
  wait: short("for", { for: duration(LONGEST_WAIT_MS, durationWords) }),
  expire: nothing(),
  clear_mempool: nothing(),
  expect: z
    .strictObject({
      height: whole(0, LATEST_S).optional(),
      height_at_least: whole(0, LATEST_S).optional(),
      blocks_since_start: whole(-LATEST_S, LATEST_S).optional(),
      tip: block().optional(),
      mempool_size: whole(0, LATEST_S).optional(),
      mempool_size_at_least: whole(0, LATEST_S).optional(),
      mempool_size_at_most: whole(0, LATEST_S).optional(),
      waiting: list(transaction(), "transactions: labels or ids").optional(),
      not_waiting: list(transaction(), "transactions: labels or ids").optional(),
      balance_at_least_sat: whole(0, MOST_SATOSHI).optional(),
      peers: whole(0, 1000).optional(),
      connected: list(peer(), "peers: labels or addresses").optional(),
      not_connected: list(peer(), "peers: labels or addresses").optional(),
    })
    .refine((given) => Object.keys(given).length > 0, words("at least one thing that is expected")),
} as const;

export type StepName = keyof typeof stepSchemas;

/** One step with its place in the file; lines are counted from 1. */
export type ActionStep = {
  [Name in StepName]: {
    readonly kind: Name;
    readonly given: z.output<(typeof stepSchemas)[Name]>;
    readonly line: number;
  };
}[StepName];

export type ScenarioStep =
  | ActionStep
  | {
      readonly kind: "repeat";
      readonly times: number;
      readonly steps: readonly ScenarioStep[];
      readonly line: number;
    };

/** A scenario as it is played. */
export interface Scenario {
  readonly name: string;
  /** What isn't said, such as the address of a peer, follows from it. */
  readonly seed: string;
  readonly steps: readonly ScenarioStep[];
  /** With everything that is repeated, at most 10,000. */
  readonly stepCount: number;
  /** The file's name, for messages. */
  readonly file: string;
}
