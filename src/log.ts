/**
 * What every room asks of a log: structured fields first, one sentence second (pino's own order).
 * Writing never throws and never waits; lines keep their order.
 */
export interface Logger {
  trace(fields: object, message: string): void;
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** A logger that adds `fields` to each of its lines. */
  child(fields: object): Logger;
}

/** Swallows every line: for tests and for embedders that want no log. */
export const silentLogger: Logger = {
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};

const LEVELS = ["trace", "debug", "info", "warn", "error"] as const;

/**
 * The same log for those who must not fail with it, whatever an error's own fields throw when they are written: such a
 * line is written without its fields, or not at all.
 */
export function unfailingLog(log: Logger): Logger {
  const writers = LEVELS.map((level) => [
    level,
    (fields: object, message: string) => {
      try {
        log[level](fields, message);
      } catch {
        tryTo(() => log[level]({}, `${message} (its fields can't be written)`));
      }
    },
  ]);
  return { ...Object.fromEntries(writers), child: (fields) => unfailingLog(log.child(fields)) } as Logger;
}

function tryTo(work: () => void): void {
  try {
    work();
  } catch {
    // Nobody is left to be told.
  }
}
