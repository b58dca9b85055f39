import type { Logger } from "../../src/log.js";

export interface RecordedLine {
  readonly level: "trace" | "debug" | "info" | "warn" | "error";
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** A log that keeps its lines, those of its children included. */
export interface RecordingLog extends Logger {
  readonly lines: readonly RecordedLine[];
  messages(): string[];
}

export function recordingLog(lines: RecordedLine[] = [], bound: object = {}): RecordingLog {
  const write = (level: RecordedLine["level"]) => (fields: object, message: string) => {
    lines.push({ level, fields: { ...bound, ...fields }, message });
  };
  return {
    lines,
    messages: () => lines.map(({ message }) => message),
    trace: write("trace"),
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    child: (fields) => recordingLog(lines, { ...bound, ...fields }),
  };
}
