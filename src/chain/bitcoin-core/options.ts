import { z } from "zod";

const networks = ["main", "test", "testnet4", "signet", "regtest"] as const;
/** Whether an address holds user or password, which belong into keys that are never shown. */
function hasLogin(url: string): boolean {
  return URL.canParse(url) && `${new URL(url).username}${new URL(url).password}` !== "";
}
const intervalMs = (fallback: number, description: string) =>
  z.int().min(50).max(3_600_000).default(fallback).meta({ unit: "ms", description });

/**
 * The `[bitcoin_core]` table of the configuration file: the node that source bitcoin-core follows.
 * An unknown key is refused. The password is never logged, shown or sent anywhere but to `url`.
 */
export const bitcoinCoreOptions = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .refine((url) => !hasLogin(url))
    .default("http://127.0.0.1:8332")
    .meta({ description: "Where the node answers JSON-RPC; without user and password in it." }),
  cookie_file: z.string().min(1).optional().meta({
    description:
      "The node's .cookie file. It is read anew for each login, for the node writes a new one at each start.",
  }),
  user: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .meta({ description: "User name, where there is no cookie file." }),
  password: z
    .string()
    .max(1024)
    .optional()
    .meta({ description: "Password of the user. Keep it in the environment." }),
  network: z.enum(networks).optional().meta({
    description:
      "The network that the node must be on, in the node's words; another one is refused. Default: any.",
  }),
  zmq: z.enum(["auto", "off"]).default("auto").meta({
    description: "auto listens where getzmqnotifications says that the node publishes; off polls only.",
  }),
  poll_interval_ms: intervalMs(
    2000,
    "Time between two looks at the tip and at the mempool without ZMQ; with ZMQ, five times as long.",
  ),
  peer_interval_ms: intervalMs(5000, "Time between two looks at peers, bans and traffic."),
  fee_interval_ms: intervalMs(30_000, "Time between two looks at fee estimates."),
  timeout_ms: intervalMs(30_000, "How long one call may take."),
  retry_max_ms: intervalMs(30_000, "Longest wait between two attempts while the node can't be reached."),
  max_catch_up_blocks: z.int().min(1).max(1_000_000).default(10_000).meta({
    unit: "blocks",
    description:
      "How many blocks that were missed are told one by one; more than that is an error that says so.",
  }),
  cache_bytes: z.int().min(0).max(4_000_000_000).default(64_000_000).meta({
    unit: "bytes",
    description: "Size of the cache of blocks and transactions for modules' queries.",
  }),
});

/** The `[bitcoin_core]` table with defaults filled in. */
export type BitcoinCoreOptions = z.output<typeof bitcoinCoreOptions>;

/** The `[bitcoin_core]` table as users write it. */
export type BitcoinCoreOptionsInput = z.input<typeof bitcoinCoreOptions>;
