import { z } from "zod";

export {
  type BitcoinCoreOptions,
  type BitcoinCoreOptionsInput,
  bitcoinCoreOptions,
} from "./bitcoin-core/options.js";
export { type DevnetOptions, type DevnetOptionsInput, devnetOptions } from "./devnet/options.js";

/** The values of `chain.source`. */
export const chainSourceNames = ["devnet", "replay", "bitcoin-core", "recording"] as const;
export type ChainSourceName = (typeof chainSourceNames)[number];

const reorgHeights = z
  .array(z.int().min(0).max(0xff_ff_ff_ff))
  .meta({ unit: "blocks", description: "Heights at which a competing block comes first and then loses." });

const reorgRhythm = z.strictObject({
  every_blocks: z
    .int()
    .min(1)
    .max(1_000_000)
    .meta({ unit: "blocks", description: "A competing branch ends at every n-th block of a chain." }),
  depth: z
    .int()
    .min(1)
    .max(100)
    .default(1)
    .meta({ unit: "blocks", description: "Length of the competing branch; never longer than every_blocks." }),
});

/**
 * The `[chain]` table of the configuration file.
 * An unknown key is refused; everything but `source`, `files` and `loop` has a fixed default.
 */
export const chainOptions = z.strictObject({
  source: z.enum(chainSourceNames).optional().meta({
    description:
      "Where the chain comes from: devnet is a regtest chain inside the host, replay plays raw blocks from files, bitcoin-core follows a node, recording plays what `blvm-streams record` wrote. Default: replay where files is set, else devnet. The other keys of this table belong to replay; see [devnet], [bitcoin_core] and [recording].",
  }),
  files: z.array(z.string().min(1)).min(1).optional().meta({
    description:
      "Files that hold one raw block each, in consensus serialization. Default: three small blocks of the package.",
  }),
  pace: z.enum(["events_per_second", "real_time"]).default("events_per_second").meta({
    description:
      "events_per_second spreads all events evenly; real_time keeps the blocks as far apart as their timestamps are.",
  }),
  events_per_second: z
    .number()
    .min(0)
    .max(1_000_000)
    .default(100)
    .meta({ unit: "events/s", description: "Rate of pace events_per_second; 0 is as fast as possible." }),
  longest_gap_ms: z
    .int()
    .min(0)
    .max(86_400_000)
    .default(600_000)
    .meta({ unit: "ms", description: "Longest time between two blocks at pace real_time." }),
  loop: z.boolean().optional().meta({
    description:
      "Whether the files are played again, as a new epoch. Default: true without files, false with files.",
  }),
  reorg: z.union([reorgHeights, reorgRhythm]).default([]).meta({
    description:
      "Where a competing block is built and then replaced by the real one: heights, or { every_blocks, depth }.",
  }),
});

/** The `[chain]` table with defaults filled in. */
export type ChainOptions = z.output<typeof chainOptions>;

/** The `[chain]` table as users write it. */
export type ChainOptionsInput = z.input<typeof chainOptions>;

/** The source that a configuration means. */
export function chainSourceNameOf({
  source,
  files,
}: Pick<ChainOptions, "source" | "files">): ChainSourceName {
  return source ?? (files === undefined ? "devnet" : "replay");
}
