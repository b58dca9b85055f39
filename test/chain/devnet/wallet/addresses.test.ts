import { p2tr } from "@scure/btc-signer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createWallet } from "../../../../src/chain/devnet/wallet/create-wallet.js";
import { KeyLine } from "../../../../src/chain/devnet/wallet/key-line.js";

const wallet = createWallet({ seed: "addresses" });
const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));

describe("an address of regtest", () => {
  // The first two were made by a Bitcoin Core of its own accord, the next two are known from the test network.
  it.each([
    ["bcrt1q7lz75qyea3kmr0xsvv70f0tx67xz6l49cj28vm", "0014f7c5ea0099ec6db1bcd0633cf4bd66d78c2d7ea5"],
    ["bcrt1q9nwq95e7rfa6mf63fg36lvakr40qtwhy2g6f3f", "00142cdc02d33e1a7bada7514a23afb3b61d5e05bae4"],
    ["mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", "76a914243f1394f44554f4ce3fd68649c19adc483ce92488ac"],
    ["2MzQwSSnBHWHqSAqtTVQ6v47XtaisrJa1Vc", "a9144e9f39ca4688ff102128ea4ccda34105324305b087"],
  ])("%s stands for its script and back", (address, script) => {
    expect(wallet.scriptOf(address)).toEqual(bytes(script));
    expect(wallet.addressOf(bytes(script))).toBe(address);
  });

  it("is told for every P2WSH, P2PKH, P2SH and P2WPKH script", () => {
    const hash = (lengthBytes: number) => fc.uint8Array({ minLength: lengthBytes, maxLength: lengthBytes });
    const script = fc.oneof(
      hash(20).map((body) => Uint8Array.of(0x00, 20, ...body)),
      hash(32).map((body) => Uint8Array.of(0x00, 32, ...body)),
      hash(20).map((body) => Uint8Array.of(0x76, 0xa9, 20, ...body, 0x88, 0xac)),
      hash(20).map((body) => Uint8Array.of(0xa9, 20, ...body, 0x87)),
    );
    fc.assert(
      fc.property(script, (each) => {
        expect(wallet.scriptOf(wallet.addressOf(each) ?? "")).toEqual(each);
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  it.each([
    ["of mainnet", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"],
    ["of mainnet in base58", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"],
    ["of the test network", "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"],
    ["with a wrong checksum", "bcrt1q7lz75qyea3kmr0xsvv70f0tx67xz6l49cj28vn"],
    ["in mixed case", "bcrt1q7lz75qyea3kmr0xsvv70f0tx67xz6l49cj28VM"],
    ["of an anchor, which pays nobody", "bcrt1pfeesnyr2tx"],
    ["that is empty", ""],
    ["that is very long", "bcrt1".padEnd(1_000_000, "q")],
  ])("%s is none", (_, address) => {
    expect(wallet.scriptOf(address)).toBeUndefined();
  });

  it("in capitals is the same address", () => {
    const { address, script } = wallet.newAddress("p2tr");
    expect(wallet.scriptOf(address.toUpperCase())).toEqual(script);
  });

  it.each([
    ["no script", ""],
    ["OP_RETURN", "6a0401020304"],
    ["a bare key", `21${"02".repeat(33)}ac`],
    ["a witness program of the future", `5220${"11".repeat(32)}`],
    ["a cut P2WPKH script", "0014f7c5"],
    ["10,000 bytes", "51".repeat(10_000)],
  ])("is not told for %s", (_, script) => {
    expect(wallet.addressOf(bytes(script))).toBeUndefined();
  });
});

describe("a new address", () => {
  it("follows from the seed, and no two are the same", () => {
    const [one, other] = [1, 2].map(() => {
      const fresh = createWallet({ seed: "order" });
      return Array.from(
        { length: 20 },
        (_, at) => fresh.newAddress(at % 3 === 0 ? "p2tr" : "p2wpkh").address,
      );
    });
    expect(one).toEqual(other);
    expect(new Set(one).size).toBe(20);
    const elsewhere = createWallet({ seed: "another order" });
    expect(one).not.toContain(elsewhere.newAddress("p2wpkh").address);
  });

  it("of the default seed stays what it was: a stored chain's coins are its", () => {
    const fresh = createWallet({ seed: "blvm-streams" });
    expect(fresh.newAddress("p2wpkh").address).toBe("bcrt1qzr0qkv7ewmvv0sy5wwfwwewuw22tpz885skhqk");
    expect(fresh.newAddress("p2tr").address).toBe(
      "bcrt1ptgnx3nyn0tehwm5cks2xq498y9tp4ssmvjq4v5fjqhjgld35um7qufz96s",
    );
  });

  it("of kind P2TR is of its key without a script path", () => {
    const line = new KeyLine("taproot", "p2tr");
    for (let count = 0; count < 8; count += 1) {
      const { publicKey, script } = line.next();
      expect(p2tr(publicKey.subarray(1)).script).toEqual(script);
    }
  });
});
