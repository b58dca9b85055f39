import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { parseAuxiliaryVector, readKernelUnits } from "../../../src/supervisor/monitor/kernel-units.js";

function vector(
  pairs: readonly (readonly [number, number])[],
  wordBytes: 4 | 8,
  isLittleEndian: boolean,
): Buffer {
  const bytes = Buffer.alloc(pairs.length * 2 * wordBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  pairs.flat().forEach((word, n) => {
    if (wordBytes === 4) view.setUint32(n * 4, word, isLittleEndian);
    else view.setBigUint64(n * 8, BigInt(word), isLittleEndian);
  });
  return bytes;
}

describe("readKernelUnits", () => {
  it("agrees with getconf on this machine", () => {
    const ask = (name: string) => Number(execFileSync("getconf", [name], { encoding: "utf8" }));
    expect(readKernelUnits()).toEqual({ ticksPerSecond: ask("CLK_TCK"), pageBytes: ask("PAGESIZE") });
  });

  it("takes the usual units where the kernel tells nothing", () => {
    expect(readKernelUnits("/nowhere")).toEqual({ ticksPerSecond: 100, pageBytes: 4096 });
  });
});

describe("parseAuxiliaryVector", () => {
  const pairs = [
    [33, 4_294_967_295],
    [17, 250],
    [6, 65_536],
    [0, 0],
  ] as const;

  it.each([
    [4, true],
    [4, false],
    [8, true],
    [8, false],
  ] as const)("reads words of %i bytes, little-endian %s", (wordBytes, isLittleEndian) => {
    const bytes = vector(pairs, wordBytes, isLittleEndian);
    const units = { ticksPerSecond: 250, pageBytes: 65_536 };
    expect(parseAuxiliaryVector(bytes, wordBytes, isLittleEndian)).toEqual(units);
  });

  it("takes the usual units for zeros and for a cut vector", () => {
    const usual = { ticksPerSecond: 100, pageBytes: 4096 };
    expect(parseAuxiliaryVector(vector([[17, 0]], 8, true), 8, true)).toEqual(usual);
    expect(parseAuxiliaryVector(vector([[17, 250]], 8, true).subarray(0, 15), 8, true)).toEqual(usual);
    expect(parseAuxiliaryVector(new Uint8Array())).toEqual(usual);
  });
});
