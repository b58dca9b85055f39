import { z } from "zod";

const perSecond = (most: number) => z.number().min(0).max(most);
const share = () => z.number().min(0).max(1);

/**
 * The `[devnet]` table of the configuration file: the regtest chain inside the host, and what happens on it by itself.
 * An unknown key is refused; everything but `scenario` has a default.
 */
export const devnetOptions = z.strictObject({
  seed: z.string().min(1).max(200).default("blvm-streams").meta({
    description:
      "Where keys, amounts and chance come from: the same seed and the same calls make the same chain.",
  }),
  activity: z.boolean().default(true).meta({
    description: "Whether blocks, transactions, reorganisations and peers come by themselves.",
  }),
  block_interval_s: z
    .number()
    .min(0.05)
    .max(86_400)
    .default(5)
    .meta({ unit: "s", description: "Mean time between two blocks; they come at random, as real ones do." }),
  transactions_per_second: perSecond(500).default(1).meta({
    unit: "transactions/s",
    description: "Mean rate of new transactions. Each takes some 3 ms to sign and to check.",
  }),
  median_fee_rate: z.number().min(1).max(10_000).default(8).meta({
    unit: "sat/vB",
    description: "Half of all transactions pay less, half pay more; one in twenty pays six times as much.",
  }),
  replace_share: share()
    .default(0.05)
    .meta({ unit: "share", description: "Share of transactions that replace a waiting one (BIP125)." }),
  child_share: share().default(0.1).meta({
    unit: "share",
    description: "Share of transactions that spend change which isn't confirmed yet.",
  }),
  reorg_probability: share().default(0.05).meta({
    unit: "share",
    description: "Probability that a block is followed by a reorganisation that takes it off again.",
  }),
  reorg_max_depth: z
    .int()
    .min(1)
    .max(20)
    .default(3)
    .meta({ unit: "blocks", description: "Deepest reorganisation; each deeper one is half as likely." }),
  peers: z
    .int()
    .min(0)
    .max(125)
    .default(8)
    .meta({ unit: "peers", description: "How many peers are pretended to be connected; they come and go." }),
  misbehaviour_per_minute: z.number().min(0).max(600).default(0.5).meta({
    unit: "peers/min",
    description: "How often a peer sends a block that breaks a rule and is banned for it.",
  }),
  initial_blocks: z
    .int()
    .min(0)
    .max(10_000)
    .default(110)
    .meta({ unit: "blocks", description: "Mined before the first event, so that there are coins to spend." }),
  mempool_max_bytes: z
    .int()
    .min(10_000)
    .max(300_000_000)
    .default(5_000_000)
    .meta({ unit: "vB", description: "Size of the mempool; beyond it the lowest fee rates are evicted." }),
  mempool_warn_share: share()
    .default(0.8)
    .meta({ unit: "share", description: "Filled beyond this, the mempool announces it once." }),
  mempool_expiry_s: z
    .int()
    .min(1)
    .max(31_536_000)
    .default(1_209_600)
    .meta({ unit: "s", description: "A transaction that waits longer leaves the mempool." }),
  min_relay_fee_rate: z
    .number()
    .min(0)
    .max(1000)
    .default(1)
    .meta({ unit: "sat/vB", description: "A transaction that pays less is refused." }),
  persist: z.boolean().default(true).meta({
    description: "Whether the chain is kept below the data directory and goes on after a restart.",
  }),
  max_store_bytes: z.int().min(1_000_000).max(1_000_000_000_000).default(2_000_000_000).meta({
    unit: "bytes",
    description: "Size of the kept chain; once it is reached, nothing more is taken.",
  }),
  scenario: z.string().min(1).optional().meta({
    description: "A scenario (YAML) that is played once the chain has started, in place of the activity.",
  }),
});

/** The `[devnet]` table with defaults filled in. */
export type DevnetOptions = z.output<typeof devnetOptions>;

/** The `[devnet]` table as users write it. */
export type DevnetOptionsInput = z.input<typeof devnetOptions>;
