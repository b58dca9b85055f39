import type { AddressKind } from "./wallet.js";

// Item count, signature of at most 72 bytes with its hash type, public key; and for P2TR one signature of 64.
const witnessBytes: Readonly<Record<AddressKind, number>> = { p2wpkh: 108, p2tr: 66 };
const inputBytes = 41;

/** The most virtual bytes that a signed transaction takes: a signature may come out one or two bytes shorter. */
export function largestSizeVb(
  inputs: Readonly<Record<AddressKind, number>>,
  outputScripts: readonly Uint8Array[],
): number {
  const inputCount = inputs.p2wpkh + inputs.p2tr;
  const outputBytes = outputScripts.reduce((sum, script) => sum + outputSizeBytes(script), 0);
  const bareBytes =
    8 + countBytes(inputCount) + inputBytes * inputCount + countBytes(outputScripts.length) + outputBytes;
  const witness = 2 + witnessBytes.p2wpkh * inputs.p2wpkh + witnessBytes.p2tr * inputs.p2tr;
  return Math.ceil((4 * bareBytes + witness) / 4);
}

/** What an input of a kind adds, in virtual bytes. */
export function inputSizeVb(kind: AddressKind): number {
  return inputBytes + witnessBytes[kind] / 4;
}

/** The fewest satoshi that make an output standard: Core's at 3 sat/vB of its own and its spending's size. */
export function dustSat(script: Uint8Array): number {
  if (script[0] === 0x6a) return 0;
  const first = script[0] ?? 0;
  const isWitnessProgram =
    script.length >= 4 &&
    script.length <= 42 &&
    (first === 0 || (first >= 0x51 && first <= 0x60)) &&
    script[1] === script.length - 2;
  return 3 * (outputSizeBytes(script) + (isWitnessProgram ? 67 : 148));
}

/** The fewest whole satoshi that pay a fee rate for a size. */
export function feeSat(feeRateSatPerVb: number, sizeVb: number): number {
  const rounded = Math.ceil(feeRateSatPerVb * sizeVb);
  // 1.1 times 110 is 121.00000000000001.
  return (rounded - 1) / sizeVb >= feeRateSatPerVb ? rounded - 1 : rounded;
}

function outputSizeBytes(script: Uint8Array): number {
  return 8 + countBytes(script.length) + script.length;
}

function countBytes(count: number): number {
  return count < 0xfd ? 1 : count <= 0xffff ? 3 : 5;
}
