const numberTag = 0x02;
const numberBytes = 32;

/**
 * Reads an ECDSA signature with the hash type behind it, in the one spelling that BIP66 allows.
 * @returns undefined for any other spelling; `compact` is undefined when a number is too large for the curve
 * @see https://github.com/bitcoin/bips/blob/master/bip-0066.mediawiki
 */
export function readDerSignature(
  bytes: Uint8Array,
): { readonly compact: Uint8Array | undefined; readonly hashType: number } | undefined {
  const lengthR = bytes[3] ?? 0;
  const lengthS = bytes[5 + lengthR] ?? 0;
  const isFramed =
    bytes.length >= 9 &&
    bytes.length <= 73 &&
    bytes[0] === 0x30 &&
    bytes[1] === bytes.length - 3 &&
    lengthR + lengthS + 7 === bytes.length;
  if (!isFramed || bytes[2] !== numberTag || bytes[4 + lengthR] !== numberTag) return undefined;
  const r = bytes.subarray(4, 4 + lengthR);
  const s = bytes.subarray(6 + lengthR, 6 + lengthR + lengthS);
  if (!isShortestPositive(r) || !isShortestPositive(s)) return undefined;
  return { compact: compactOf(r, s), hashType: bytes.at(-1) as number };
}

function isShortestPositive(number: Uint8Array): boolean {
  const [first, second] = number;
  if (first === undefined || first >= 0x80) return false;
  return first !== 0 || second === undefined || second >= 0x80;
}

function compactOf(r: Uint8Array, s: Uint8Array): Uint8Array | undefined {
  const compact = new Uint8Array(2 * numberBytes);
  for (const [number, end] of [
    [r, numberBytes],
    [s, 2 * numberBytes],
  ] as const) {
    const digits = number[0] === 0 ? number.subarray(1) : number;
    if (digits.length > numberBytes) return undefined;
    compact.set(digits, end - digits.length);
  }
  return compact;
}
