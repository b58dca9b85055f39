// The characters that a descriptor may hold, in groups of 32: the place in a group and the group are what is summed.
const inputCharset =
  "0123456789()[],'/*abcdefgh@:$%{}IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~ijklmnopqrstuvwxyzABCDEFGH`#\"\\ ";
const checksumCharset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const generator = [0xf5dee51989n, 0xa9fdca3312n, 0x1bab10e32dn, 0x3706b1677an, 0x644d626ffdn];

function polymod(checksum: bigint, value: number): bigint {
  const top = checksum >> 35n;
  const next = ((checksum & 0x7ffffffffn) << 5n) ^ BigInt(value);
  return generator.reduce((sum, term, bit) => ((top >> BigInt(bit)) & 1n ? sum ^ term : sum), next);
}

/**
 * A descriptor with `#` and its eight characters of checksum behind it. Takes ASCII that descriptors are made of.
 * @see https://github.com/bitcoin/bips/blob/master/bip-0380.mediawiki#checksum
 */
export function withChecksum(descriptor: string): string {
  let checksum = 1n;
  let groups: number[] = [];
  for (const character of descriptor) {
    const place = inputCharset.indexOf(character);
    checksum = polymod(checksum, place & 31);
    groups.push(place >> 5);
    if (groups.length < 3) continue;
    checksum = polymod(
      checksum,
      groups.reduce((sum, group) => sum * 3 + group, 0),
    );
    groups = [];
  }
  if (groups.length > 0)
    checksum = polymod(
      checksum,
      groups.reduce((sum, group) => sum * 3 + group, 0),
    );
  for (let digit = 0; digit < 8; digit += 1) checksum = polymod(checksum, 0);
  checksum ^= 1n;
  const digits = Array.from({ length: 8 }, (_, digit) =>
    checksumCharset.charAt(Number((checksum >> BigInt(5 * (7 - digit))) & 31n)),
  );
  return `${descriptor}#${digits.join("")}`;
}
