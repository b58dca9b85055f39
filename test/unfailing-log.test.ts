import { describe, expect, it } from "vitest";
import { type Logger, silentLogger, unfailingLog } from "../src/log.js";

/** A log that keeps its lines and fails over some fields, as one does that writes an error whose own getter throws. */
function failingLog(isFull = false) {
  const lines: string[] = [];
  const write = (level: string) => (fields: { readonly isHostile?: boolean }, message: string) => {
    if (isFull || fields.isHostile) throw new Error("it can't be written");
    lines.push(`${level} ${JSON.stringify(fields)} ${message}`);
  };
  const levels = ["trace", "debug", "info", "warn", "error"].map((level) => [level, write(level)]);
  const log = { ...silentLogger, ...Object.fromEntries(levels), child: () => log } as Logger;
  return { log, lines };
}

describe("a log that must not fail", () => {
  it("writes a line as it is, at each level and by each child", () => {
    const { log, lines } = failingLog();
    const unfailing = unfailingLog(log);
    unfailing.trace({ a: 1 }, "one");
    unfailing.child({}).error({ b: 2 }, "two");
    expect(lines).toEqual(['trace {"a":1} one', 'error {"b":2} two']);
  });

  it("writes a line without its fields where these can't be written", () => {
    const { log, lines } = failingLog();
    unfailingLog(log).warn({ isHostile: true }, "an event can't be encoded");
    expect(lines).toEqual(["warn {} an event can't be encoded (its fields can't be written)"]);
  });

  it("throws nothing where nothing can be written", () => {
    const { log, lines } = failingLog(true);
    expect(() => unfailingLog(log).error({}, "lost")).not.toThrow();
    expect(lines).toEqual([]);
  });
});
