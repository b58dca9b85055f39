import { describe, expect, it } from "vitest";
import { decodeTransaction } from "../../../../src/chain/block/decode.js";
import { withChecksum } from "../../../../src/chain/devnet/rpc/descriptor-checksum.js";
import { createScriptAnswers, scriptTypeOf } from "../../../../src/chain/devnet/rpc/script-answer.js";
import { scriptAsm } from "../../../../src/chain/devnet/rpc/script-asm.js";
import { transactionAnswer } from "../../../../src/chain/devnet/rpc/transaction-answer.js";
import { createWallet } from "../../../../src/chain/devnet/wallet/create-wallet.js";
import { recordedResults } from "./recorded-session.js";

const wallet = createWallet({ seed: "forms" });
const scriptAnswer = createScriptAnswers((script) => wallet.addressOf(script));
const key = "038b6602cdb020ca15f8c8fd3f17e0539d2b25520eaba7eee4d6d9f7dc98bb19b6";
const bytes = (hex: string) => Buffer.from(hex, "hex");

interface Told {
  readonly hex: string;
  readonly fee?: number;
}

describe("a transaction's form", () => {
  it("is that of the real node, field by field and in its order, for all that it told", () => {
    const blocks = recordedResults<{ readonly tx: readonly (Told | string)[] } | string>("getblock");
    const told = [
      ...recordedResults<Told | string>("getrawtransaction"),
      ...blocks.flatMap((block) => (typeof block === "string" ? [] : block.tx)),
    ].filter((each) => typeof each !== "string");
    expect(told.length).toBeGreaterThan(7);
    for (const { fee, ...expected } of told) {
      const decoded = decodeTransaction(bytes(expected.hex));
      if (!decoded.ok) throw new Error(decoded.problem);
      const form = transactionAnswer(decoded.value, bytes(expected.hex), { scriptAnswer });
      expect(JSON.stringify(form)).toBe(JSON.stringify(expected));
    }
  });
});

describe("a script's form", () => {
  it.each([
    [`21${key}ac`, "pubkey", `${key} OP_CHECKSIG`],
    [
      `76a914${"11".repeat(20)}88ac`,
      "pubkeyhash",
      `OP_DUP OP_HASH160 ${"11".repeat(20)} OP_EQUALVERIFY OP_CHECKSIG`,
    ],
    [`a914${"22".repeat(20)}87`, "scripthash", `OP_HASH160 ${"22".repeat(20)} OP_EQUAL`],
    [`5121${key}21${key}52ae`, "multisig", `1 ${key} ${key} 2 OP_CHECKMULTISIG`],
    [`0020${"33".repeat(32)}`, "witness_v0_scripthash", `0 ${"33".repeat(32)}`],
    [`5120${key.slice(2)}`, "witness_v1_taproot", `1 ${key.slice(2)}`],
    ["51024e73", "anchor", "1 29518"],
    [`6004${"44".repeat(4)}`, "witness_unknown", "16 1145324612"],
    ["0014aa", "nonstandard", "0 [error]"],
    ["0003aabbcc", "nonstandard", "0 -5028778"],
    ["6a", "nulldata", "OP_RETURN"],
    ["6a04deadbeef", "nulldata", "OP_RETURN -1874767326"],
    ["6aac", "nonstandard", "OP_RETURN OP_CHECKSIG"],
    ["4f", "nonstandard", "-1"],
    ["", "nonstandard", ""],
    ["4c", "nonstandard", "[error]"],
    ["4d0500aa", "nonstandard", "[error]"],
    ["4e01000000ff", "nonstandard", "-127"],
    ["fe", "nonstandard", "OP_UNKNOWN"],
    ["ff", "nonstandard", "OP_INVALIDOPCODE"],
  ])("of %s has type %s and asm %s", (hex, type, asm) => {
    expect([scriptTypeOf(bytes(hex)), scriptAsm(bytes(hex))]).toEqual([type, asm]);
  });

  it.each([
    [`21${key}ac`, `pk(${key})`],
    [`5121${key}21${key}52ae`, `multi(1,${key},${key})`],
    [`5120${key.slice(2)}`, `rawtr(${key.slice(2)})`],
    // No point has this x: it is no key, and nobody here has an address for it.
    [`5120${"ff".repeat(32)}`, `raw(5120${"ff".repeat(32)})`],
    ["6a", "raw(6a)"],
  ])("of %s has descriptor %s", (hex, descriptor) => {
    expect(scriptAnswer(bytes(hex)).desc).toBe(withChecksum(descriptor));
  });

  it("has the checksum of BIP380 in its descriptor", () => {
    expect(withChecksum("raw(deadbeef)")).toBe("raw(deadbeef)#89f8spxm");
  });
});
