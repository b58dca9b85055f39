import { z } from "zod";
import type { ModuleSandboxOptions } from "../sandbox/index.js";

const folder = z.string().min(1);
const moduleNames = z.array(z.string().min(1)).max(1000);
const waitMs = z.int().min(0).max(600_000);
const seconds = z.int().min(1).max(31_536_000);
const publicKey = z.string().regex(/^(0[23][0-9a-f]{64}|04[0-9a-f]{128})$/i);

/** Whose signatures count: the operator's word, never the manifest's. */
const trustOptions = z.strictObject({
  threshold: z.int().min(1).max(1000).default(1).meta({
    description:
      "Signatures of trusted maintainers that a module needs; a manifest can ask for more, not for less.",
  }),
  maintainers: z.record(z.string().min(1).max(64), publicKey).default({}).meta({
    description: "Public keys by maintainer: secp256k1, SEC1, hexadecimal.",
  }),
});

/** Where modules are found, which of them run, and how long they get to stop: the `[modules]` table. */
export const modulesOptions = z.strictObject({
  modules_dir: folder.optional().meta({
    description: "Folder that is searched for modules. Default: the modules that ship with the package.",
  }),
  data_dir: folder.default("data").meta({
    description:
      "Folder of this host's state: lock, control socket, one data folder per module. Default for root: /var/lib/blvm-streams.",
  }),
  socket_dir: folder.optional().meta({
    description:
      "Folder of the modules' sockets. Default: inside data_dir, or a private folder for temporary files where that path is too long.",
  }),
  enabled_modules: moduleNames.optional().meta({
    description: "Names of the modules that are loaded at start. Default: all that are found.",
  }),
  disabled_modules: moduleNames.default([]).meta({
    description: "Names of modules that are not loaded at start, even when enabled_modules names them.",
  }),
  require_signatures: z.boolean().default(false).meta({
    description:
      "Refuse modules that are not signed by trusted maintainers; otherwise they run with a warning.",
  }),
  allow_downgrade: z.boolean().default(false).meta({
    description: "Let a module be replaced by an older version of itself.",
  }),
  allow_untested: z.boolean().default(false).meta({
    description:
      "Run modules whose manifest says under tested_with that they were tested with other versions of the node only; with a warning.",
  }),
  trust: trustOptions.prefault({}),
  watch_enabled: z.boolean().default(false).meta({
    description: "Watch the folders of modules and reload a module when its files change.",
  }),
  watch_auto_load: z.boolean().default(false).meta({
    description: "Load modules that appear while the host runs; needs watch_enabled.",
  }),
  watch_auto_unload: z.boolean().default(false).meta({
    description: "Unload modules whose folder disappears while the host runs; needs watch_enabled.",
  }),
  watch_debounce_ms: z.int().min(50).max(60_000).default(500).meta({
    unit: "milliseconds",
    description: "A module's files must have been still for so long before it is reloaded.",
  }),
  health_check_interval_s: seconds.default(60).meta({
    unit: "seconds",
    description: "Time between two HealthCheck events.",
  }),
  maintenance_interval_s: seconds.default(86_400).meta({
    unit: "seconds",
    description: "Time between two requests to modules to look after their data.",
  }),
  disk_low_percent: z.number().min(0).max(100).default(10).meta({
    unit: "percent",
    description: "DiskSpaceLow is published when less than this part of the data directory's disk is free.",
  }),
  shutdown_ack_ms: waitMs.default(1000).meta({
    unit: "milliseconds",
    description: "Time for modules to finish their events at shutdown before they are told to stop.",
  }),
  stop_timeout_ms: waitMs.default(5000).meta({
    unit: "milliseconds",
    description: "Time between telling a module to stop and SIGTERM.",
  }),
  kill_timeout_ms: waitMs.default(2000).meta({
    unit: "milliseconds",
    description: "Time between SIGTERM and SIGKILL.",
  }),
});
export type ModulesOptions = z.output<typeof modulesOptions>;
export type ModulesOptionsInput = z.input<typeof modulesOptions>;

/** `[modules.<name>.limits]`: what one module may use before the host warns, and steps in. */
export const limitsOptions = z.strictObject({
  max_cpu_percent: z.number().min(1).max(10_000).default(50).meta({
    unit: "percent of one core",
    description: "Processor time over ten seconds.",
  }),
  max_memory_bytes: z
    .int()
    .min(1024 * 1024)
    .default(512 * 1024 * 1024)
    .meta({
      unit: "bytes",
      description: "Resident memory of the module's processes.",
    }),
  max_file_descriptors: z.int().min(8).max(1_048_576).default(256).meta({
    description: "Open files, sockets and pipes.",
  }),
  max_child_processes: z.int().min(0).max(10_000).default(10).meta({
    description: "Processes that the module started.",
  }),
  max_data_bytes: z
    .int()
    .min(0)
    .default(1024 * 1024 * 1024)
    .meta({
      unit: "bytes",
      description: "What lies in the module's data directory.",
    }),
  max_file_bytes: z
    .int()
    .min(0)
    .default(64 * 1024 * 1024)
    .meta({
      unit: "bytes",
      description: "Size of one file that the module writes.",
    }),
  max_storage_bytes: z
    .int()
    .min(0)
    .default(256 * 1024 * 1024)
    .meta({
      unit: "bytes",
      description: "Keys and values of the trees that the node keeps for the module.",
    }),
  max_files: z.int().min(0).max(100_000_000).default(10_000).meta({
    description: "Files and directories that the module may make through the node.",
  }),
  warn_percent: z.number().min(1).max(100).default(80).meta({
    unit: "percent",
    description: "ResourceLimitWarning is published when a limit is used by more than this.",
  }),
});
export type LimitsOptions = z.output<typeof limitsOptions>;

/** `[modules.<name>.restart]`: what happens after a crash. */
export const restartOptions = z.strictObject({
  policy: z.enum(["never", "on-failure"]).default("never").meta({
    description: "Whether a crashed module is started again.",
  }),
  backoff_ms: waitMs.default(1000).meta({
    unit: "milliseconds",
    description: "Time before the first new start; it doubles with each crash.",
  }),
  max_backoff_ms: waitMs.default(60_000).meta({
    unit: "milliseconds",
    description: "The longest time before a new start.",
  }),
  max_crashes: z.int().min(1).max(1000).default(3).meta({
    description: "So many crashes within window_s end it: the module stays down.",
  }),
  window_s: seconds
    .default(300)
    .meta({ unit: "seconds", description: "The time over which crashes are counted." }),
});
export type RestartOptions = z.output<typeof restartOptions>;

/** When a module is started: with the host, or at the first call to it. */
export const loadOption = z.enum(["start", "on_demand"]).default("start");
/** What is done about a module that stopped answering. */
export const onUnresponsiveOption = z.enum(["report", "kill"]).default("report");

/** Everything that `[modules.<name>]` says to the host rather than to the module. */
export interface ModuleRules {
  readonly limits: LimitsOptions;
  readonly restart: RestartOptions;
  readonly load: z.output<typeof loadOption>;
  readonly onUnresponsive: z.output<typeof onUnresponsiveOption>;
  readonly sandbox: ModuleSandboxOptions;
}
