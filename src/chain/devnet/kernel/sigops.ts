import type { Transaction } from "../../block/transaction.js";

const sigopsCostInScript = 4;
/** OP_CHECKMULTISIG counts as many keys as it may have at most. */
const mostKeys = 20;

/** Signature checks that a script names, as they were counted before P2SH. */
function sigopsOfScript(script: Uint8Array): number {
  let sigops = 0;
  for (let at = 0; at < script.length; ) {
    const opcode = script[at] as number;
    if (opcode === 0xac || opcode === 0xad) sigops += 1;
    if (opcode === 0xae || opcode === 0xaf) sigops += mostKeys;
    at += 1;
    if (opcode < 0x4c) at += opcode;
    else if (opcode <= 0x4e) {
      const lengthBytes = 1 << (opcode - 0x4c);
      // Counting ends where the script can't be read on.
      if (at + lengthBytes > script.length) return sigops;
      at += lengthBytes + littleEndian(script.subarray(at, at + lengthBytes));
    }
  }
  return sigops;
}

/** What the scripts of a transaction's own inputs and outputs cost. */
export function scriptSigopsCost(transaction: Transaction): number {
  let sigops = 0;
  for (const { scriptSig } of transaction.inputs) sigops += sigopsOfScript(scriptSig);
  for (const { scriptPubKey } of transaction.outputs) sigops += sigopsOfScript(scriptPubKey);
  return sigops * sigopsCostInScript;
}

/** What spending an output costs beyond that: one for P2WPKH, none for taproot. */
export function witnessSigopsCost(spentScript: Uint8Array): number {
  return spentScript.length === 22 && spentScript[0] === 0 && spentScript[1] === 20 ? 1 : 0;
}

function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((number, byte) => number * 256 + byte, 0);
}
