import { fromDisplayHex, toDisplayHex } from "./display-hex.js";
import { hash256 } from "./hash256.js";

/**
 * Folds ids (display order) into the root of their merkle tree (display order); an odd row repeats its last id.
 * `isAmbiguous` tells that two neighbours are equal: then a shorter list has the same root, and the root proves nothing.
 * @see https://github.com/bitcoin/bitcoin/blob/master/src/consensus/merkle.cpp
 */
export function merkleRoot(ids: readonly [string, ...string[]]): { root: string; isAmbiguous: boolean } {
  let row = ids.map(fromDisplayHex);
  let isAmbiguous = false;
  while (row.length > 1) {
    const parents: Uint8Array[] = [];
    for (let index = 0; index < row.length; index += 2) {
      const left = row[index] as Uint8Array;
      const right = row[index + 1];
      if (right !== undefined && Buffer.compare(left, right) === 0) isAmbiguous = true;
      parents.push(hash256(left, right ?? left));
    }
    row = parents;
  }
  return { root: toDisplayHex(row[0] as Uint8Array), isAmbiguous };
}
