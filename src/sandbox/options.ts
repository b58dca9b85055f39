import { z } from "zod";

const MIB = 1024 * 1024;
/** The smallest file system in memory; 0 would be one without a limit. */
const PAGE_BYTES = 4096;

export const sandboxModes = ["auto", "strict", "off"] as const;
/** `auto`: every layer that this machine offers. `strict`: a missing layer refuses to load. `off`: none. */
export type SandboxMode = (typeof sandboxModes)[number];

/** The `[sandbox]` table. */
export const sandboxOptions = z.strictObject({
  mode: z.enum(sandboxModes).default("auto").meta({
    description:
      "auto: every layer that this machine offers; strict: modules are loaded only when all layers hold; off: none. `blvm-streams doctor` tries them out.",
  }),
  user: z.string().min(1).max(64).default("nobody").meta({
    allowed: "the name or the number of a user, never root's",
    description: "Whom modules run as when the host runs as root: a name or a number, never 0.",
  }),
  tmp_bytes: z
    .int()
    .min(PAGE_BYTES)
    .default(8 * MIB)
    .meta({ unit: "bytes", description: "Size of a module's own /tmp, which lies in memory." }),
  shm_bytes: z.int().min(PAGE_BYTES).default(MIB).meta({
    unit: "bytes",
    description: "Size of a module's own /dev/shm, which lies in memory.",
  }),
});
export type SandboxOptions = z.output<typeof sandboxOptions>;
export type SandboxOptionsInput = z.input<typeof sandboxOptions>;

/** `[modules.<name>.sandbox]`. */
export const moduleSandboxOptions = z.strictObject({
  mode: z.enum(["auto", "strict"]).optional().meta({
    description: "Stricter than sandbox.mode, never laxer. Default: that of [sandbox].",
  }),
  allow_spawn_processes: z.boolean().default(false).meta({
    description: "Let the module start processes in its sandbox, if its manifest asks for spawn_processes.",
  }),
  allow_network: z.boolean().default(true).meta({
    description: "Let the module open connections, if its manifest asks for network_access.",
  }),
});
export type ModuleSandboxOptions = z.output<typeof moduleSandboxOptions>;

const order: readonly SandboxMode[] = ["off", "auto", "strict"];

/** The stricter of two modes. */
export function stricterMode(one: SandboxMode, other: SandboxMode): SandboxMode {
  return order.indexOf(one) > order.indexOf(other) ? one : other;
}
