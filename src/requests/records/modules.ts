import { z } from "zod";
import { f64, list, text, u32, u64 } from "../fields.js";

const moduleState = () =>
  z.union([
    z.enum(["Stopped", "Initializing", "Running", "Stopping", "attached"]),
    z.object({ Error: z.string() }),
  ]);

export const moduleInfo = () =>
  z.object({
    module_id: text("name_32hex; empty for one that doesn't run", 128),
    module_name: text("name", 64),
    version: text("version", 64),
    capabilities: list(text("what its manifest declares", 64)),
    status: moduleState(),
    api_version: u32("of the API that it registered, 1 before it did"),
  });
/** One module of the host; `status` is a state's name, or `{ Error: reason }`. */
export type ModuleInfo = z.output<ReturnType<typeof moduleInfo>>;

const reason = () => text("why", 1024);

export const moduleHealth = () =>
  z.union([
    z.literal("Healthy"),
    z.object({ Degraded: reason() }),
    z.object({ Unresponsive: reason() }),
    z.object({ Crashed: reason() }),
  ]);
export type ModuleHealth = z.output<ReturnType<typeof moduleHealth>>;

/** What a module may say of itself: that it crashed is for the host to notice. */
export const reportedHealth = () =>
  z.union([z.literal("Healthy"), z.object({ Degraded: reason() }), z.object({ Unresponsive: reason() })]);
export type ReportedHealth = z.output<ReturnType<typeof reportedHealth>>;

/** Observations that one report of a histogram may hold. */
const MAX_OBSERVATIONS = 1000;
const MAX_LABELS = 16;

const metricValue = () =>
  z.union(
    [
      z.object({ Counter: u64("total so far") }),
      z.object({ Gauge: f64("value now") }),
      z.object({
        Histogram: list(f64("one observation"), MAX_OBSERVATIONS, "observations since the last report"),
      }),
    ],
    { error: "allowed is one of { Counter: n }, { Gauge: n } and { Histogram: [n, …] }" },
  );

export const metric = () =>
  z.object({
    name: text("letters, digits, _ and -", 128),
    value: metricValue(),
    labels: z
      .record(text("label", 64), text("value", 256))
      .refine((labels) => Object.keys(labels).length <= MAX_LABELS, {
        error: `allowed is a map of at most ${MAX_LABELS} labels`,
      }),
    timestamp: u64("when it was measured", { unit: "unix seconds" }),
  });
/** One reported number; its key is the name with the labels. */
export type Metric = z.output<ReturnType<typeof metric>>;

export const cliSpec = () =>
  z.object({
    version: u32("of this form: 1", { min: 1, max: 1 }),
    name: text("command, usually the module's name", 64),
    about: z.string().max(1000).nullish(),
    subcommands: list(
      z.object({
        name: text("subcommand", 64),
        about: z.string().max(1000).nullish(),
        args: list(
          z.object({
            name: text("argument", 64),
            long_name: z.string().max(64).nullish(),
            short_name: z.string().max(1).nullish(),
            required: z.boolean().nullish(),
            takes_value: z.boolean().nullish(),
            default: z.string().max(1000).nullish(),
          }),
          32,
        ),
      }),
      64,
    ),
  });
/** The commands that a module offers to `blvm-streams module NAME`. */
export type CliSpec = z.output<ReturnType<typeof cliSpec>>;

export const auditEntry = () =>
  z.object({
    timestamp_ms: u64("when it was decided", { unit: "unix milliseconds" }),
    module_id: text("who asked", 128),
    request: text("what for", 64),
    allowed: z.boolean(),
    capability: z.string().nullish(),
  });
export type AuditEntry = z.output<ReturnType<typeof auditEntry>>;
