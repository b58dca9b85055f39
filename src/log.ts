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
