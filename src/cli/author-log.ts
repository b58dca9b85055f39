import type { Logger } from "../log.js";
import type { Output } from "./output.js";
import { printable } from "./table.js";

type Level = "trace" | "debug" | "info" | "warn" | "error";

export interface AuthorLogOptions {
  /** The module that is worked on, once that is known: all that it says is shown. */
  readonly moduleName: () => string | undefined;
  readonly nowMs?: () => number;
}

/** Fields that stand elsewhere in the line, or say nothing to an author. */
const hidden: ReadonlySet<string> = new Set(["module", "target", "pid", "err", "stream", "fields"]);
/** Warnings of the host that are remembered, so that a reload does not repeat them. */
const MAX_REMEMBERED = 100;
const colours = { trace: 90, debug: 90, info: 0, warn: 33, error: 31 } as const;

/**
 * The log of a host that runs one module for its author, a line each: time, who speaks, the message, fields. All of the
 * module's own lines; of the host errors, and each warning once. Coloured on a terminal only. Lines that nobody reads are the
 * stream's to hold.
 */
export function authorLog(output: Output, { moduleName, nowMs = Date.now }: AuthorLogOptions): Logger {
  const isColoured = output.columns !== undefined && process.env.NO_COLOR === undefined;
  const toldWarnings = new Set<string>();
  const bind = (bound: Readonly<Record<string, unknown>>): Logger => {
    const write = (level: Level) => (fields: object, message: string) => {
      const all: Readonly<Record<string, unknown>> = { ...bound, ...fields };
      const name = moduleName();
      const isOwn = name !== undefined && (all.target === name || all.stream !== undefined);
      if (!isOwn && level !== "warn" && level !== "error") return;
      if (!isOwn && level === "warn") {
        if (toldWarnings.has(message)) return;
        if (toldWarnings.size < MAX_REMEMBERED) toldWarnings.add(message);
      }
      const line = lineOf(level, isOwn ? name : "host", message, all, nowMs());
      output.stdout.write(isColoured ? `\u001b[${colours[level]}m${line}\u001b[0m\n` : `${line}\n`);
    };
    return {
      trace: write("trace"),
      debug: write("debug"),
      info: write("info"),
      warn: write("warn"),
      error: write("error"),
      child: (fields) => bind({ ...bound, ...fields }),
    };
  };
  return bind({});
}

function lineOf(
  level: Level,
  speaker: string,
  message: string,
  fields: Readonly<Record<string, unknown>>,
  nowMs: number,
): string {
  const time = new Date(nowMs).toISOString().slice(11, 23);
  // A module's own fields lie in one of this name.
  const own = typeof fields.fields === "object" && fields.fields !== null ? fields.fields : {};
  const shown = Object.entries({ ...fields, ...own })
    .filter(([name]) => !hidden.has(name))
    .map(([name, value]) => `${name}=${fieldText(value)}`);
  const error = fields.err instanceof Error ? [fields.err.message] : [];
  return printable(
    [time, level.toUpperCase().padEnd(5), `${speaker}:`, message, ...error, ...shown].join(" "),
  );
}

function fieldText(value: unknown): string {
  if (typeof value === "string" && /^[^\s"=]+$/.test(value)) return value;
  return (
    JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "bigint" ? `${inner}` : inner)) ??
    "none"
  );
}
