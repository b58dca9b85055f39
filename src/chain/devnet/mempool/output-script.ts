/** What an output's script is, as far as policy tells them apart. */
export type OutputKind = "key" | "key-hash" | "script-hash" | "multisig" | "data" | "witness" | "other";

const opReturn = 0x6a;
const checkSig = 0xac;
const checkMultisig = 0xae;
/** Core's -datacarriersize. */
const maxDataBytes = 83;

/** The kind of a script; a data output larger than 83 bytes is "other". @see BIP141, BIP16 */
export function outputKind(script: Uint8Array): OutputKind {
  if (isWitnessProgram(script)) return "witness";
  const { length } = script;
  if (length === 25 && startsWith(script, 0x76, 0xa9, 20) && script[23] === 0x88 && script[24] === checkSig) {
    return "key-hash";
  }
  if (length === 23 && startsWith(script, 0xa9, 20) && script[22] === 0x87) return "script-hash";
  if (length === 35 && isKeyPush(script, 0) && script[34] === checkSig) return "key";
  if (length === 67 && isKeyPush(script, 0) && script[66] === checkSig) return "key";
  if (script[0] === opReturn) {
    return length <= maxDataBytes && isPushOnly(script.subarray(1)) ? "data" : "other";
  }
  return isBareMultisig(script) ? "multisig" : "other";
}

/** A version and one push of 2 to 40 bytes. */
export function isWitnessProgram(script: Uint8Array): boolean {
  const [version = 1, sizeBytes = 0] = script;
  const isVersion = version === 0 || (version >= 0x51 && version <= 0x60);
  if (!isVersion || sizeBytes < 2 || sizeBytes > 40 || script.length !== sizeBytes + 2) return false;
  // Version 0 has two forms only; others can never be spent.
  return version !== 0 || sizeBytes === 20 || sizeBytes === 32;
}

/** True when a script does nothing but push. */
export function isPushOnly(script: Uint8Array): boolean {
  let place = 0;
  while (place < script.length) {
    const opcode = script[place] ?? 0;
    if (opcode > 0x60) return false;
    place += 1 + pushedBytes(script, place, opcode);
    if (place > script.length) return false;
  }
  return true;
}

function pushedBytes(script: Uint8Array, place: number, opcode: number): number {
  const at = (offset: number) => script[place + offset] ?? 0;
  if (opcode < 0x4c) return opcode;
  if (opcode === 0x4c) return 1 + at(1);
  if (opcode === 0x4d) return 2 + at(1) + 0x1_00 * at(2);
  if (opcode === 0x4e) return 4 + at(1) + 0x1_00 * at(2) + 0x1_00_00 * at(3) + 0x1_00_00_00 * at(4);
  return 0;
}

// At most three keys of which at least one signs: what Core relays without P2SH.
function isBareMultisig(script: Uint8Array): boolean {
  if (script.at(-1) !== checkMultisig || script.length < 4) return false;
  const needed = (script[0] ?? 0) - 0x50;
  const offered = (script.at(-2) ?? 0) - 0x50;
  if (needed < 1 || needed > offered || offered > 3) return false;
  let place = 1;
  for (let key = 0; key < offered; key += 1) {
    if (!isKeyPush(script, place)) return false;
    place += 1 + (script[place] ?? 0);
  }
  return place === script.length - 2;
}

function isKeyPush(script: Uint8Array, place: number): boolean {
  const sizeBytes = script[place];
  const first = script[place + 1];
  if (sizeBytes === 33) return first === 2 || first === 3;
  return sizeBytes === 65 && (first === 4 || first === 6 || first === 7);
}

function startsWith(script: Uint8Array, ...bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => script[index] === byte);
}
