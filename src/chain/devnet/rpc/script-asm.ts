import { opcodeNames } from "./opcode-names.js";

/** One operation of a script: its opcode and, where it pushes, what it pushes. */
export interface ScriptOperation {
  readonly opcode: number;
  readonly push: Uint8Array | undefined;
}

const lastPushOpcode = 0x4e;
const smallNumberBase = 0x50;
const longestNumberBytes = 4;

/** The operations of a script; undefined when the last push is cut off. */
export function scriptOperations(script: Uint8Array): readonly ScriptOperation[] | undefined {
  const { operations, isWhole } = readOperations(script);
  return isWhole ? operations : undefined;
}

function readOperations(script: Uint8Array): {
  readonly operations: readonly ScriptOperation[];
  readonly isWhole: boolean;
} {
  const operations: ScriptOperation[] = [];
  const view = Buffer.from(script.buffer, script.byteOffset, script.length);
  let at = 0;
  while (at < script.length) {
    const opcode = view.readUInt8(at);
    at += 1;
    if (opcode > lastPushOpcode) {
      operations.push({ opcode, push: undefined });
      continue;
    }
    const sizeBytes = opcode < 0x4c ? 0 : 2 ** (opcode - 0x4c);
    if (at + sizeBytes > script.length) return { operations, isWhole: false };
    const lengthBytes = sizeBytes === 0 ? opcode : view.readUIntLE(at, sizeBytes);
    at += sizeBytes;
    if (at + lengthBytes > script.length) return { operations, isWhole: false };
    operations.push({ opcode, push: script.subarray(at, at + lengthBytes) });
    at += lengthBytes;
  }
  return { operations, isWhole: true };
}

/**
 * A script in the words of Core's `asm`: names of opcodes, pushes of up to four bytes as numbers, longer ones as hex;
 * `[error]` stands where the last push is cut off.
 */
export function scriptAsm(script: Uint8Array): string {
  const { operations, isWhole } = readOperations(script);
  return [...operations.map(wordOf), ...(isWhole ? [] : ["[error]"])].join(" ");
}

function wordOf({ opcode, push }: ScriptOperation): string {
  if (push === undefined) {
    if (opcode === smallNumberBase - 1) return "-1";
    if (opcode > smallNumberBase && opcode <= smallNumberBase + 16) return String(opcode - smallNumberBase);
    return opcodeNames[opcode] ?? "OP_UNKNOWN";
  }
  return push.length <= longestNumberBytes ? String(scriptNumber(push)) : Buffer.from(push).toString("hex");
}

/** Little-endian with the sign in the top bit. */
function scriptNumber(bytes: Uint8Array): number {
  const top = bytes.at(-1);
  if (top === undefined) return 0;
  const magnitude = bytes.reduceRight(
    (value, digit, place) => value * 256 + (place === bytes.length - 1 ? digit & 0x7f : digit),
    0,
  );
  return top >= 0x80 && magnitude !== 0 ? -magnitude : magnitude;
}
