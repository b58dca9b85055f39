import { describe, expect, it } from "vitest";
import { createWallet } from "../../../../src/chain/devnet/wallet/create-wallet.js";
import { KeyLine } from "../../../../src/chain/devnet/wallet/key-line.js";
import { gapLimit, KeyRing, keysPerKind } from "../../../../src/chain/devnet/wallet/key-ring.js";
import type { AddressKind } from "../../../../src/chain/devnet/wallet/wallet.js";

const lineOf = (kind: AddressKind) => new KeyLine("owned", kind);

function scriptAt(index: number): Uint8Array {
  const line = lineOf("p2wpkh");
  for (let at = 0; at < index; at += 1) line.next();
  return line.next().script;
}

describe("a wallet owns", () => {
  it("what it has handed out, and nothing of another seed or form", () => {
    const wallet = createWallet({ seed: "owned" });
    const scripts = [wallet.newAddress("p2wpkh").script, wallet.newAddress("p2tr").script];
    expect(scripts.map((script) => wallet.owns(script))).toEqual([true, true]);
    const foreign = [new Uint8Array(0), Uint8Array.of(0x6a), Uint8Array.of(0x51), new Uint8Array(25)];
    expect(foreign.map((script) => wallet.owns(script))).toEqual([false, false, false, false]);
  });

  it("addresses of a run before in whatever order they come, and hands out the one behind the last", () => {
    const before = createWallet({ seed: "run" });
    const scripts = Array.from({ length: 30 }, () => before.newAddress("p2wpkh").script);
    const next = before.newAddress("p2wpkh");
    const after = createWallet({ seed: "run" });
    expect(scripts.toReversed().every((script) => after.owns(script))).toBe(true);
    expect(after.newAddress("p2wpkh")).toEqual(next);
  });

  it(`a script ${gapLimit} keys ahead, the next one only once that was met, and not one too far`, () => {
    const ring = new KeyRing(lineOf);
    const [last, beyond] = [scriptAt(gapLimit - 1), scriptAt(gapLimit)];
    expect(ring.keyOf(beyond)).toBeUndefined();
    expect(ring.keyOf(last)?.index).toBe(gapLimit - 1);
    expect(ring.keyOf(beyond)?.index).toBe(gapLimit);
    expect(ring.take("p2wpkh").index).toBe(gapLimit + 1);
  });

  it("no more than its keys, after which the first come again", () => {
    let derived = 0;
    const ring = new KeyRing((kind) => ({
      next() {
        const script = new Uint8Array(22);
        script[1] = 20;
        new DataView(script.buffer).setUint32(2, derived);
        return { index: derived++, kind, script, privateKey: script, publicKey: script };
      },
    }));
    const indexes = Array.from({ length: keysPerKind + 3 }, () => ring.take("p2wpkh").index);
    expect(indexes.slice(keysPerKind - 1)).toEqual([keysPerKind - 1, 0, 1, 2]);
    expect(ring.keyOf(Uint8Array.of(0, 20, ...new Uint8Array(20)))?.index).toBe(0);
    expect(ring.keyOf(Uint8Array.of(0, 20, ...new Uint8Array(20).fill(255)))).toBeUndefined();
    expect(ring.take("p2wpkh").index).toBe(3);
    expect(derived).toBe(keysPerKind);
  });
});
