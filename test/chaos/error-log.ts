import type { Logger } from "../../src/log.js";

/** A log that keeps nothing but the errors that nobody foresaw, each text once. */
export interface ErrorLog extends Logger {
  lines(): string[];
}

export function errorLog(foreseen: readonly string[], lines: Set<string> = new Set()): ErrorLog {
  const ignore = () => {};
  return {
    lines: () => [...lines],
    trace: ignore,
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (fields, message) => {
      if (!foreseen.includes(message)) lines.add(`${message} ${JSON.stringify(fields)}`);
    },
    child: () => errorLog(foreseen, lines),
  };
}
