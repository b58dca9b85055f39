import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasEnded, parseStatLine } from "../../../src/supervisor/monitor/stat-line.js";

const numbers =
  "S 77 4242 4200 0 -1 4194560 19003 5 0 0 250 50 30 20 20 0 11 0 1188 1043324928 13001 18446744073709551615 1 1 0";

describe("parseStatLine", () => {
  it("reads parent, session, processor time of the process and its ended children, and memory", () => {
    expect(parseStatLine(`4242 (node) ${numbers}\n`)).toEqual({
      state: "S",
      parentPid: 77,
      sessionId: 4200,
      cpuTicks: 350,
      ownCpuTicks: 300,
      residentPages: 13_001,
    });
  });

  it("reads past any name that a process gave itself", () => {
    const name = fc.oneof(
      fc.string({ maxLength: 15 }),
      fc.constantFrom(") R 1 1 1", "a) (b", "((((", "))))", " ) ", "x\n1 (y) Z 9", ""),
    );
    fc.assert(
      fc.property(name, (chosen) => {
        expect(parseStatLine(`4242 (${chosen}) ${numbers}`)).toMatchObject({ parentPid: 77, cpuTicks: 350 });
      }),
    );
  });

  it("refuses a line that is cut at any place before its last needed field", () => {
    const line = `4242 (node) ${numbers}`;
    const needed = line.indexOf(" 13001") + " 13001".length;
    for (let length = 0; length <= needed; length++) {
      expect(parseStatLine(line.slice(0, length)), String(length)).toBeUndefined();
    }
    expect(parseStatLine(line.slice(0, needed + 1))).toBeDefined();
  });

  it("refuses arbitrary text without throwing", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const stat = parseStatLine(text);
        if (stat !== undefined) expect(Number.isSafeInteger(stat.cpuTicks)).toBe(true);
      }),
    );
  });
});

describe("hasEnded", () => {
  it("is true of zombies and the dead alone", () => {
    expect([..."RSDTtIZX"].filter(hasEnded)).toEqual(["Z", "X"]);
  });
});
