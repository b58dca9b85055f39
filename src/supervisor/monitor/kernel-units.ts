import { readFileSync } from "node:fs";
import { endianness } from "node:os";

/** The units in which this kernel counts processor time and memory. */
export interface KernelUnits {
  readonly ticksPerSecond: number;
  readonly pageBytes: number;
}

const DEFAULTS: KernelUnits = { ticksPerSecond: 100, pageBytes: 4096 };
const AT_PAGESZ = 6;
const AT_CLKTCK = 17;

/** Reads the units from what the kernel handed this process at its start; the usual ones where that can't be read. */
export function readKernelUnits(path = "/proc/self/auxv"): KernelUnits {
  try {
    return parseAuxiliaryVector(readFileSync(path));
  } catch {
    return DEFAULTS;
  }
}

/** Takes the units out of pairs of machine words, key and value. @see getauxval(3) */
export function parseAuxiliaryVector(
  bytes: Uint8Array,
  wordBytes = ["arm", "ia32", "mips", "mipsel"].includes(process.arch) ? 4 : 8,
  isLittleEndian = endianness() === "LE",
): KernelUnits {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wordAt = (offset: number) =>
    wordBytes === 4
      ? view.getUint32(offset, isLittleEndian)
      : Number(view.getBigUint64(offset, isLittleEndian));
  let { ticksPerSecond, pageBytes } = DEFAULTS;
  for (let offset = 0; offset + 2 * wordBytes <= bytes.byteLength; offset += 2 * wordBytes) {
    const value = wordAt(offset + wordBytes);
    if (wordAt(offset) === AT_PAGESZ && value > 0) pageBytes = value;
    if (wordAt(offset) === AT_CLKTCK && value > 0) ticksPerSecond = value;
  }
  return { ticksPerSecond, pageBytes };
}
