import { describe, expect, it } from "vitest";
import type { Transaction } from "../../../../src/chain/block/transaction.js";
import { dustSat } from "../../../../src/chain/devnet/mempool/standardness.js";
import { draft, made, outputsOf, type Spend } from "./small-chain.js";
import { WaitingRoomKit } from "./waiting-room.js";

const hex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));
const key = `21${"02".repeat(33)}`;
const scripts = {
  "key hash (P2PKH)": `76a914${"11".repeat(20)}88ac`,
  "script hash (P2SH)": `a914${"11".repeat(20)}87`,
  "key (P2PK)": `${key}ac`,
  "one of two keys": `51${key}${key}52ae`,
  "witness key hash (P2WPKH)": `0014${"11".repeat(20)}`,
  "witness script hash (P2WSH)": `0020${"11".repeat(32)}`,
  "taproot (P2TR)": `5120${"11".repeat(32)}`,
  "a later witness version": `5210${"11".repeat(16)}`,
};

function paying(kit: WaitingRoomKit, script: string, valueSat = 100_000): Transaction {
  const base = draft({ spends: [kit.coin()] });
  const rest = base.outputs.map((output) => ({ ...output, valueSat: output.valueSat - valueSat }));
  return made({ ...base, outputs: [{ valueSat, scriptPubKey: hex(script) }, ...rest] }, 150);
}

function signed(scriptSig: string) {
  return (kit: WaitingRoomKit) => {
    const base = draft({ spends: [kit.coin()] });
    return made({ ...base, inputs: base.inputs.map((input) => ({ ...input, scriptSig: hex(scriptSig) })) });
  };
}

const refusals: Readonly<Record<string, readonly [string, (kit: WaitingRoomKit) => Transaction]>> = {
  "pays out more than there is money": [
    "bad-txns-txouttotal-toolarge",
    (kit) => {
      const base = draft({ spends: [kit.coin()] });
      const output = { valueSat: 2_000_000_000_000_000, scriptPubKey: hex(scripts["taproot (P2TR)"]) };
      return made({ ...base, outputs: [output, output] });
    },
  ],
  "spends an output twice": [
    "bad-txns-inputs-duplicate",
    (kit) => {
      const coin = kit.coin();
      return draft({ spends: [coin, coin] });
    },
  ],
  "creates coins": ["coinbase", (kit) => kit.chain.blocks[3]?.block.transactions[0] as Transaction],
  "has version 3": ["version", (kit) => draft({ spends: [kit.coin()], version: 3 })],
  "has version 0": ["version", (kit) => draft({ spends: [kit.coin()], version: 0 })],
  "weighs more than 400,000": [
    "tx-size",
    (kit) => draft({ spends: [kit.coin()], sizeVb: 100_001, feeSat: 1e6 }),
  ],
  "has less than 65 bytes": ["tx-size-small", (kit) => draft({ spends: [kit.coin()], sizeVb: 64 })],
  "unlocks with more than pushes": ["scriptsig-not-pushonly", signed("76")],
  "unlocks with a push that is cut off": ["scriptsig-not-pushonly", signed("4c05aa")],
  "unlocks with more than 1,650 bytes": ["scriptsig-size", signed("51".repeat(1651))],
  "pays a script of no known kind": ["scriptpubkey", (kit) => paying(kit, "51")],
  "pays one of four keys": ["scriptpubkey", (kit) => paying(kit, `51${key.repeat(4)}54ae`)],
  "pays a witness program of version 0 with 16 bytes": [
    "scriptpubkey",
    (kit) => paying(kit, `0010${"11".repeat(16)}`),
  ],
  "carries more than 83 bytes of data": ["scriptpubkey", (kit) => paying(kit, `6a4c52${"00".repeat(82)}`, 0)],
  "carries data twice": [
    "multi-op-return",
    (kit) => {
      const base = paying(kit, "6a0100", 0);
      return made({ ...base, outputs: [...base.outputs.slice(0, 1), ...base.outputs] });
    },
  ],
  "pays dust": ["dust", (kit) => paying(kit, scripts["taproot (P2TR)"], 329)],
  "is locked until a height": ["non-final", (kit) => draft({ spends: [kit.coin()], lockTime: 120 })],
  "is locked until a time": ["non-final", (kit) => draft({ spends: [kit.coin()], lockTime: 600_000_000 })],
  "is locked for blocks after its coin": [
    "non-BIP68-final",
    (kit) => draft({ spends: [{ ...kit.coin(), sequence: 1000 }] }),
  ],
  "spends what waits, locked for a block": [
    "non-BIP68-final",
    (kit) => draft({ spends: outputsOf(kit.send()).map((spend) => ({ ...spend, sequence: 1 })) }),
  ],
  "is there already": ["txn-already-in-mempool", (kit) => kit.send()],
  "is there with another witness": [
    "txn-same-nonwitness-data-in-mempool",
    (kit) => ({ ...kit.send(), wtxid: "ab".repeat(32) }),
  ],
  "is confirmed": [
    "txn-already-known",
    (kit) => {
      const transaction = kit.send();
      kit.connect([transaction]);
      return transaction;
    },
  ],
  "spends what nobody made": [
    "bad-txns-inputs-missingorspent",
    (kit) => draft({ spends: [{ ...kit.coin(), txid: "ab".repeat(32) }] }),
  ],
  "spends an output that a waiting one doesn't have": [
    "bad-txns-inputs-missingorspent",
    (kit) => draft({ spends: outputsOf(kit.send()).map((spend) => ({ ...spend, index: 1 })) }),
  ],
  "spends a coinbase of 99 blocks": [
    "bad-txns-premature-spend-of-coinbase",
    (kit) =>
      draft({ spends: outputsOf(kit.chain.blocks[21]?.block.transactions[0] as Transaction).slice(0, 1) }),
  ],
  "pays out more than it spends": [
    "bad-txns-in-belowout",
    (kit) => draft({ spends: [kit.coin()], feeSat: -1 }),
  ],
  "pays less than is relayed": [
    "min relay fee not met",
    (kit) => draft({ spends: [kit.coin()], feeSat: 99 }),
  ],
  "has more than 16,000 signature checks": [
    "bad-txns-too-many-sigops",
    (kit) => {
      const transaction = draft({ spends: [kit.coin()], feeSat: 1_000_000 });
      kit.chain.sigops.set(transaction.txid, 16_001);
      return transaction;
    },
  ],
  "pays its bytes but not its signature checks": [
    "min relay fee not met",
    (kit) => {
      const transaction = draft({ spends: [kit.coin()], feeSat: 499 });
      kit.chain.sigops.set(transaction.txid, 100);
      return transaction;
    },
  ],
  "has a script that doesn't hold": [
    "mempool-script-verify-flag-failed (Signature must be zero)",
    (kit) => {
      const transaction = draft({ spends: [kit.coin()] });
      kit.chain.badScripts.set(
        transaction.txid,
        "mempool-script-verify-flag-failed (Signature must be zero)",
      );
      return transaction;
    },
  ],
  "is the 26th of a chain": [
    "too-long-mempool-chain",
    (kit) => draft({ spends: outputsOf(kit.sendChain(25).at(-1) as Transaction) }),
  ],
  "weighs more than 101,000 vB with its parent": [
    "too-long-mempool-chain",
    (kit) => {
      const parent = kit.send({ sizeVb: 60_000, feeSat: 100_000 });
      return draft({ spends: outputsOf(parent), sizeVb: 50_000, feeSat: 100_000 });
    },
  ],
  "is the second child over the limit of descendants": [
    "too-long-mempool-chain",
    (kit) => {
      const parent = kit.send({ outputs: 27 });
      const spends = outputsOf(parent);
      for (const spend of spends.slice(0, 25)) kit.send({ spends: [spend] });
      return draft({ spends: spends.slice(25, 26) });
    },
  ],
};

describe("what the mempool refuses", () => {
  for (const [what, [reason, make]] of Object.entries(refusals)) {
    it(`refuses a transaction that ${what}: ${reason}`, () => {
      const kit = new WaitingRoomKit();
      const transaction = make(kit);
      const before = kit.mempool.txids();
      expect(kit.reasonOf(transaction)).toBe(reason);
      expect(kit.mempool.txids()).toEqual(before);
    });
  }
});

describe("what the mempool takes", () => {
  it.each(Object.entries(scripts))("pays a %s", (_, script) => {
    const kit = new WaitingRoomKit();
    expect(kit.reasonOf(paying(kit, script))).toBe("accepted");
  });

  it("carries up to 83 bytes of data without value", () => {
    const kit = new WaitingRoomKit();
    expect(kit.reasonOf(paying(kit, `6a4c50${"00".repeat(80)}`, 0))).toBe("accepted");
  });

  it("counts as dust what Core counts at 3 sat/vB", () => {
    const dust = Object.entries(scripts).map(([, script]) => dustSat({ scriptPubKey: hex(script) }));
    expect(dust).toEqual([546, 540, 576, 684, 294, 330, 330, 282]);
    expect(dustSat({ scriptPubKey: hex("6a") })).toBe(0);
  });

  it("lets one small child more than the limit pay for its parent", () => {
    const kit = new WaitingRoomKit();
    const spends: Spend[] = outputsOf(kit.send({ outputs: 26 }));
    for (const spend of spends.slice(0, 24)) kit.send({ spends: [spend] });
    const [small, large] = [10_000, 10_001].map((sizeVb, turn) =>
      draft({ spends: [spends[24 + turn] as Spend], sizeVb, feeSat: 20_000 }),
    ) as [Transaction, Transaction];
    expect([kit.reasonOf(large), kit.reasonOf(small)]).toEqual(["too-long-mempool-chain", "accepted"]);
  });

  it("counts a transaction with many signature checks as larger than it is", () => {
    const kit = new WaitingRoomKit();
    const transaction = draft({ spends: [kit.coin()], feeSat: 1000 });
    kit.chain.sigops.set(transaction.txid, 100);
    kit.offer(transaction);
    expect(kit.mempool.entry(transaction.txid)).toMatchObject({
      sizeVb: 500,
      feeRateSatPerVb: 2,
      sigopsCost: 100,
    });
  });
});
