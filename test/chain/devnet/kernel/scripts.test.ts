import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { p2pkh, p2sh, p2wpkh, Transaction as Signer } from "@scure/btc-signer";
import { hash160 } from "@scure/btc-signer/utils.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Transaction } from "../../../../src/chain/block/transaction.js";
import type { Coin } from "../../../../src/chain/devnet/kernel/chain-kernel.js";
import { readDerSignature } from "../../../../src/chain/devnet/kernel/scripts/der-signature.js";
import type { ScriptRules } from "../../../../src/chain/devnet/kernel/scripts/input-spend.js";
import { SignatureHashes } from "../../../../src/chain/devnet/kernel/scripts/signature-hash.js";
import { VerifiedScripts } from "../../../../src/chain/devnet/kernel/scripts/verified-scripts.js";
import { scriptsFault } from "../../../../src/chain/devnet/kernel/scripts/verify-scripts.js";
import { altered } from "./broken-blocks.js";
import { miner, spend } from "./small-chain.js";

const txid = "11".repeat(32);
const coinOfScript = (scriptPubKey: Uint8Array, valueSat = 1000): Coin => {
  return { valueSat, scriptPubKey, heightBlocks: 1, isCoinbase: false };
};
const scripts = [miner.witnessKey, miner.taproot];
const sighashes = [1, 2, 3, 0x81, 0x82, 0x83];
const spent = (script: Uint8Array, sighash?: number): Transaction =>
  spend(
    [
      { txid, index: 0, valueSat: 1000, script, ...(sighash === undefined ? {} : { sighash }) },
      { txid, index: 1, valueSat: 2000, script, ...(sighash === undefined ? {} : { sighash }) },
    ],
    [
      { valueSat: 1500, script: miner.taproot },
      { valueSat: 1400, script: miner.witnessKey },
    ],
  );
const coinsOf = (script: Uint8Array) => [coinOfScript(script, 1000), coinOfScript(script, 2000)];
const fault = (transaction: Transaction, script: Uint8Array, rules: ScriptRules) => {
  const found = scriptsFault(transaction, coinsOf(script), rules);
  return found?.kind === "failed" ? found.problem : found?.kind;
};
const withWitness = (transaction: Transaction, witness: readonly Uint8Array[]) =>
  altered(transaction, { inputs: [{ witness }, {}] });
const p2w = spent(miner.witnessKey);
const p2t = spent(miner.taproot);
const [signature = new Uint8Array(), key = new Uint8Array()] = p2w.inputs[0]?.witness ?? [];
const [schnorrSignature = new Uint8Array()] = p2t.inputs[0]?.witness ?? [];

/** The same signature with S on the other side of the order. */
function highS(der: Uint8Array): Uint8Array {
  const { r, s } = secp256k1.Signature.fromBytes(der.subarray(0, -1), "der");
  const flipped = new secp256k1.Signature(r, secp256k1.Point.Fn.ORDER - s);
  return Buffer.concat([flipped.toBytes("der"), der.subarray(-1)]);
}

describe("the hashes that signatures commit to", () => {
  it("are those of an independent implementation, for any transaction and hash type", () => {
    const script = fc.constantFrom(...scripts);
    const arbitrary = fc.record({
      version: fc.constantFrom(1, 2),
      lockTime: fc.nat(0xffff_ffff),
      inputs: fc.array(fc.record({ script, sequence: fc.nat(0xffff_ffff), valueSat: fc.nat(1e9) }), {
        minLength: 1,
        maxLength: 4,
      }),
      outputs: fc.array(fc.record({ script, valueSat: fc.nat(1e9) }), { minLength: 1, maxLength: 4 }),
      hashType: fc.constantFrom(...sighashes),
      annex: fc.option(fc.uint8Array({ minLength: 1, maxLength: 300 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(arbitrary, ({ inputs, outputs, hashType, annex, ...rest }) => {
        const signer = new Signer({ ...rest, allowUnknownOutputs: true });
        for (const [index, { sequence }] of inputs.entries()) signer.addInput({ txid, index, sequence });
        for (const output of outputs)
          signer.addOutput({ script: output.script, amount: BigInt(output.valueSat) });
        const [first] = p2t.inputs;
        const transaction = {
          ...altered(p2w, {
            ...rest,
            inputs: inputs.map(({ sequence }, previousIndex) => ({
              ...first,
              sequence,
              previousIndex,
              witness: [key],
            })),
            outputs: outputs.map((output) => ({ valueSat: output.valueSat, scriptPubKey: output.script })),
          }),
        };
        const coins = inputs.map((input) => coinOfScript(input.script, input.valueSat));
        const hashes = new SignatureHashes(transaction, coins);
        const amounts = coins.map((coin) => BigInt(coin.valueSat));
        const previous = coins.map((coin) => coin.scriptPubKey);
        for (const index of inputs.keys()) {
          const code = Buffer.from("76a914", "hex");
          const theirs = signer.preimageWitnessV0(index, code, hashType, amounts[index] ?? 0n);
          expect(Buffer.from(hashes.version0(index, code, hashType)).equals(theirs)).toBe(true);
          const ours = hashes.version1(index, hashType, annex);
          if ((hashType & 3) === 3 && index >= outputs.length) expect(ours).toBeUndefined();
          else {
            const theirs1 = signer.preimageWitnessV1(
              index,
              previous,
              hashType,
              amounts,
              -1,
              undefined,
              undefined,
              annex,
            );
            expect(Buffer.from(ours ?? []).equals(theirs1)).toBe(true);
          }
        }
      }),
      { numRuns: 40, seed: 7 },
    );
  });
});

describe("scriptsFault", () => {
  it.each(
    scripts.flatMap((script) =>
      sighashes.map((sighash) => [script.length === 22 ? "P2WPKH" : "P2TR", sighash, script] as const),
    ),
  )("lets a %s spend with hash type %i through and notices what it commits to", (_name, sighash, script) => {
    const transaction = spent(script, sighash);
    expect(fault(transaction, script, "policy")).toBeUndefined();
    const [, second] = transaction.outputs;
    const other = altered(transaction, { outputs: [{ valueSat: 1499 }, { ...second }] });
    const commits = (sighash & 3) !== 2;
    expect(fault(other, script, "consensus") === undefined).toBe(!commits);
  });

  it("takes a spend of both kinds of key with the hash type left out", () => {
    expect(fault(p2w, miner.witnessKey, "policy")).toBeUndefined();
    expect(schnorrSignature).toHaveLength(64);
    expect(fault(p2t, miner.taproot, "policy")).toBeUndefined();
  });

  const high = highS(signature);
  const annex = Uint8Array.of(0x50, 1);
  it.each<[string, Transaction, Uint8Array, string | undefined, string | undefined]>([
    [
      "a high S",
      withWitness(p2w, [high, key]),
      miner.witnessKey,
      undefined,
      "Non-canonical signature: S value is unnecessarily high",
    ],
    [
      "an empty signature",
      withWitness(p2w, [new Uint8Array(), key]),
      miner.witnessKey,
      "Script evaluated without error but finished with a false/empty top stack element",
      "Script evaluated without error but finished with a false/empty top stack element",
    ],
    [
      "a longer spelling of DER",
      withWitness(p2w, [padded(signature), key]),
      miner.witnessKey,
      "Non-canonical DER signature",
      "Non-canonical DER signature",
    ],
    [
      "a hash type of no name",
      withWitness(p2w, [Buffer.concat([signature.subarray(0, -1), Uint8Array.of(4)]), key]),
      miner.witnessKey,
      "Script evaluated without error but finished with a false/empty top stack element",
      "Signature hash type missing or not understood",
    ],
    [
      "one item",
      withWitness(p2w, [signature]),
      miner.witnessKey,
      "Witness program hash mismatch",
      "Witness program hash mismatch",
    ],
    [
      "three items",
      withWitness(p2w, [signature, key, key]),
      miner.witnessKey,
      "Witness program hash mismatch",
      "Witness program hash mismatch",
    ],
    [
      "no witness",
      withWitness(p2w, []),
      miner.witnessKey,
      "Witness program hash mismatch",
      "Witness program hash mismatch",
    ],
    [
      "no witness for a taproot output",
      withWitness(p2t, []),
      miner.taproot,
      "Witness program was passed an empty witness",
      "Witness program was passed an empty witness",
    ],
    [
      "a script signature",
      altered(p2w, { inputs: [{ scriptSig: Uint8Array.of(0x51) }, {}] }),
      miner.witnessKey,
      "Witness requires empty scriptSig",
      "Witness requires empty scriptSig",
    ],
    [
      "a foreign key",
      withWitness(p2w, [signature, secp256k1.getPublicKey(new Uint8Array(32).fill(9))]),
      miner.witnessKey,
      "Script failed an OP_EQUALVERIFY operation",
      "Script failed an OP_EQUALVERIFY operation",
    ],
    [
      "an item above 520 bytes",
      withWitness(p2w, [new Uint8Array(521), key]),
      miner.witnessKey,
      "Push value size limit exceeded",
      "Push value size limit exceeded",
    ],
    [
      "a taproot signature of 63 bytes",
      withWitness(p2t, [schnorrSignature.subarray(1)]),
      miner.taproot,
      "Invalid Schnorr signature size",
      "Invalid Schnorr signature size",
    ],
    [
      "the default hash type spelled out",
      withWitness(p2t, [Buffer.concat([schnorrSignature, Uint8Array.of(0)])]),
      miner.taproot,
      "Invalid Schnorr signature hash type",
      "Invalid Schnorr signature hash type",
    ],
    [
      "a taproot hash type of no name",
      withWitness(p2t, [Buffer.concat([schnorrSignature, Uint8Array.of(0x80)])]),
      miner.taproot,
      "Invalid Schnorr signature hash type",
      "Invalid Schnorr signature hash type",
    ],
    [
      "another hash type than was signed",
      withWitness(p2t, [Buffer.concat([schnorrSignature, Uint8Array.of(1)])]),
      miner.taproot,
      "Invalid Schnorr signature",
      "Invalid Schnorr signature",
    ],
    [
      "an annex that wasn't signed",
      withWitness(p2t, [schnorrSignature, annex]),
      miner.taproot,
      "Invalid Schnorr signature",
      "nonstandard",
    ],
    [
      "a script path",
      withWitness(p2t, [Uint8Array.of(0x51), new Uint8Array(33).fill(0xc0)]),
      miner.taproot,
      "unsupported",
      "unsupported",
    ],
  ])("judges %s by consensus and by policy", (_name, transaction, script, consensus, policy) => {
    expect(fault(transaction, script, "consensus")).toBe(consensus);
    expect(fault(transaction, script, "policy")).toBe(policy);
  });

  it("lets an annex through that was signed, in a block", () => {
    const coins = coinsOf(miner.taproot);
    const hash = new SignatureHashes(p2t, coins).version1(0, 0, annex) ?? new Uint8Array();
    const signed = withWitness(p2t, [schnorr.sign(hash, tweaked(miner.key), new Uint8Array(32)), annex]);
    expect(fault(signed, miner.taproot, "consensus")).toBeUndefined();
    const other = withWitness(signed, [signed.inputs[0]?.witness[0] ?? annex, Uint8Array.of(0x50, 2)]);
    expect(fault(other, miner.taproot, "consensus")).toBe("Invalid Schnorr signature");
  });

  it("lets an uncompressed key through in a block and not to the mempool", () => {
    const long = secp256k1.getPublicKey(miner.key, false);
    const script = Buffer.concat([Uint8Array.of(0, 20), hash160(long)]);
    const coins = coinsOf(script);
    const code = Buffer.concat([
      Uint8Array.of(0x76, 0xa9, 20),
      script.subarray(2),
      Uint8Array.of(0x88, 0xac),
    ]);
    const witnesses = [0, 1].map((index) => {
      const hash = new SignatureHashes(p2w, coins).version0(index, code, 1);
      const der = secp256k1.sign(hash, miner.key, { prehash: false, format: "der" });
      return { witness: [Buffer.concat([der, Uint8Array.of(1)]), long] };
    });
    const transaction = altered(p2w, { inputs: witnesses });
    expect(fault(transaction, script, "consensus")).toBeUndefined();
    expect(fault(transaction, script, "policy")).toBe("Using non-compressed keys in segwit");
  });

  it.each([
    ["P2PKH", p2pkh(key).script],
    ["P2SH-P2WPKH", p2sh(p2wpkh(key)).script],
    ["P2WSH", Buffer.concat([Uint8Array.of(0, 32), new Uint8Array(32)])],
    ["a witness program of version 2", Buffer.concat([Uint8Array.of(0x52, 32), new Uint8Array(32)])],
    ["anyone can spend", Uint8Array.of(0x51)],
    ["an empty script", new Uint8Array()],
  ])("refuses to spend %s as unsupported", (_name, script) => {
    expect(fault(p2w, script, "consensus")).toBe("unsupported");
    expect(fault(p2w, script, "policy")).toBe("unsupported");
  });

  it("notices any flipped bit of a signature or of what is signed", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(p2w, p2t),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (from, share) => {
          const script = from === p2w ? miner.witnessKey : miner.taproot;
          const witness = [...(from.inputs[0]?.witness ?? [])];
          const flipped = Uint8Array.from(witness[0] ?? []);
          const bit = Math.floor(share * flipped.length * 8);
          flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          witness[0] = flipped;
          expect(fault(withWitness(from, witness), script, "consensus")).toBeTypeOf("string");
        },
      ),
      { numRuns: 40, seed: 3 },
    );
  });
});

describe("readDerSignature", () => {
  it("never throws and reads back what a signer wrote, for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        readDerSignature(bytes);
      }),
      { numRuns: 2000, seed: 1 },
    );
    const read = readDerSignature(signature);
    expect(read?.hashType).toBe(1);
    const { r, s } = secp256k1.Signature.fromBytes(signature.subarray(0, -1), "der");
    expect(Buffer.from(read?.compact ?? []).equals(new secp256k1.Signature(r, s).toBytes("compact"))).toBe(
      true,
    );
  });
});

describe("VerifiedScripts", () => {
  it("forgets the oldest above its capacity, and takes policy for consensus but not the reverse", () => {
    const verified = new VerifiedScripts(2);
    verified.add("a", "policy");
    verified.add("b", "consensus");
    expect([verified.has("a", "consensus"), verified.has("b", "policy")]).toEqual([true, false]);
    verified.add("b", "policy");
    expect(verified.has("b", "policy")).toBe(true);
    verified.add("c", "policy");
    expect(["a", "b", "c"].map((name) => verified.has(name, "consensus"))).toEqual([false, true, true]);
  });
});

/** R with a zero too many in front. */
function padded(der: Uint8Array): Uint8Array {
  const longer = [...der.subarray(0, 4), 0, ...der.subarray(4)];
  longer[1] = (longer[1] ?? 0) + 1;
  longer[3] = (longer[3] ?? 0) + 1;
  return Uint8Array.from(longer);
}

/** The key that signs for a taproot output with no scripts. */
function tweaked(secret: Uint8Array): Uint8Array {
  const { Fn, BASE } = secp256k1.Point;
  const order = Fn.ORDER;
  const number = BigInt(`0x${Buffer.from(secret).toString("hex")}`);
  const even = (BASE.multiply(number).toAffine().y & 1n) === 0n ? number : order - number;
  const internal = schnorr.getPublicKey(secret);
  const tweak = BigInt(`0x${Buffer.from(schnorr.utils.taggedHash("TapTweak", internal)).toString("hex")}`);
  return Buffer.from(((even + tweak) % order).toString(16).padStart(64, "0"), "hex");
}
