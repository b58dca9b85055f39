import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { withChecksum } from "./descriptor-checksum.js";
import { type ScriptOperation, scriptAsm, scriptOperations } from "./script-asm.js";

/** The script of an output in Core's form: asm, desc, hex, address where it has one, type. */
export type ScriptAnswer = Readonly<Record<string, string>>;

const opReturn = 0x6a;
const checkSig = 0xac;
const checkMultisig = 0xae;

type ScriptType =
  | "pubkey"
  | "pubkeyhash"
  | "scripthash"
  | "multisig"
  | "nulldata"
  | "witness_v0_keyhash"
  | "witness_v0_scripthash"
  | "witness_v1_taproot"
  | "anchor"
  | "witness_unknown"
  | "nonstandard";

/** The kind of an output's script in Core's words. @see https://github.com/bitcoin/bitcoin/blob/master/src/script/solver.cpp */
export function scriptTypeOf(script: Uint8Array): ScriptType {
  const hex = Buffer.from(script).toString("hex");
  if (/^a914[0-9a-f]{40}87$/.test(hex)) return "scripthash";
  const program = witnessProgram(script);
  if (program !== undefined) return program;
  const operations = scriptOperations(script);
  if (script[0] === opReturn) {
    const rest = scriptOperations(script.subarray(1));
    return rest?.every(({ opcode }) => opcode <= 0x60) === true ? "nulldata" : "nonstandard";
  }
  if (/^76a914[0-9a-f]{40}88ac$/.test(hex)) return "pubkeyhash";
  if (operations === undefined) return "nonstandard";
  const [key, check] = operations;
  if (operations.length === 2 && isKey(key) && check?.opcode === checkSig) return "pubkey";
  return isMultisig(operations) ? "multisig" : "nonstandard";
}

function witnessProgram(script: Uint8Array): ScriptType | undefined {
  const [version = -1, lengthBytes = 0] = script;
  if (script.length < 4 || script.length > 42 || lengthBytes + 2 !== script.length) return undefined;
  if (version !== 0 && (version < 0x51 || version > 0x60)) return undefined;
  if (version === 0) {
    if (lengthBytes === 20) return "witness_v0_keyhash";
    return lengthBytes === 32 ? "witness_v0_scripthash" : "nonstandard";
  }
  if (version === 0x51 && lengthBytes === 32) return "witness_v1_taproot";
  if (version === 0x51 && lengthBytes === 2 && script[2] === 0x4e && script[3] === 0x73) return "anchor";
  return "witness_unknown";
}

function isKey(operation: ScriptOperation | undefined): boolean {
  const [first, ...rest] = operation?.push ?? [];
  if (rest.length === 32) return first === 2 || first === 3;
  return rest.length === 64 && first !== undefined && [4, 6, 7].includes(first);
}

function isMultisig(operations: readonly ScriptOperation[]): boolean {
  const needed = smallNumber(operations[0]);
  const all = smallNumber(operations.at(-2));
  const keys = operations.slice(1, -2);
  return (
    operations.at(-1)?.opcode === checkMultisig &&
    needed !== undefined &&
    all === keys.length &&
    needed <= all &&
    keys.every(isKey)
  );
}

function smallNumber(operation: ScriptOperation | undefined): number | undefined {
  const value = (operation?.opcode ?? 0) - 0x50;
  return value >= 1 && value <= 16 ? value : undefined;
}

/** Makes the form of scripts; `addressOf` knows the addresses of the chain's network. */
export function createScriptAnswers(
  addressOf: (script: Uint8Array) => string | undefined,
): (script: Uint8Array) => ScriptAnswer {
  return function scriptAnswer(script) {
    const type = scriptTypeOf(script);
    const hex = Buffer.from(script).toString("hex");
    // Core knows no address of a bare key, whoever might write one.
    const address = type === "pubkey" || type === "nulldata" ? undefined : addressOf(script);
    return {
      asm: scriptAsm(script),
      desc: withChecksum(descriptorOf(script, type, hex, address)),
      hex,
      ...(address === undefined ? {} : { address }),
      type,
    };
  };
}

/** What Core infers without keys of its own. */
function descriptorOf(
  script: Uint8Array,
  type: ScriptType,
  hex: string,
  address: string | undefined,
): string {
  const pushes = (scriptOperations(script) ?? []).flatMap(({ push }) =>
    push === undefined ? [] : [Buffer.from(push).toString("hex")],
  );
  if (type === "pubkey" && pushes.every(isPoint)) return `pk(${pushes[0]})`;
  if (type === "multisig" && pushes.every(isPoint))
    return `multi(${(script[0] ?? 0) - 0x50},${pushes.join(",")})`;
  const outputKey = pushes.at(-1);
  if (type === "witness_v1_taproot" && outputKey !== undefined && isPointX(outputKey))
    return `rawtr(${outputKey})`;
  return address === undefined ? `raw(${hex})` : `addr(${address})`;
}

function isPoint(hex: string): boolean {
  try {
    secp256k1.Point.fromHex(hex).assertValidity();
    return true;
  } catch {
    return false;
  }
}

function isPointX(hex: string): boolean {
  try {
    schnorr.utils.lift_x(BigInt(`0x${hex}`));
    return true;
  } catch {
    return false;
  }
}
