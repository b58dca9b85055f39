import { createHash } from "node:crypto";
import type {
  Transaction,
  TransactionInput,
  TransactionOutput,
} from "../../../../src/chain/block/transaction.js";
import type { ChainBlock, Coin } from "../../../../src/chain/devnet/kernel/chain-kernel.js";
import type { MempoolKernel } from "../../../../src/chain/devnet/mempool/mempool-kernel.js";

/** An output to be spent. */
export interface Spend {
  readonly txid: string;
  readonly index: number;
  readonly valueSat: number;
  readonly sequence?: number;
}

export interface Draft {
  readonly spends: readonly Spend[];
  readonly feeSat?: number;
  readonly outputs?: number;
  readonly sizeVb?: number;
  readonly lockTime?: number;
  readonly version?: number;
}

const keyHashScript = Uint8Array.from([0, 20, ...new Array<number>(20).fill(7)]);
const nothing = new Uint8Array();

/** A transaction without signatures whose size is what the draft says; equal drafts have equal ids. */
export function draft({
  spends,
  feeSat = 1000,
  outputs = 1,
  sizeVb = 100,
  lockTime = 0,
  version = 2,
}: Draft): Transaction {
  const inputs = spends.map(
    ({ txid, index, sequence = 0xffff_fffe }): TransactionInput => ({
      previousTxid: txid,
      previousIndex: index,
      scriptSig: nothing,
      sequence,
      witness: [],
    }),
  );
  const restSat = spends.reduce((sum, { valueSat }) => sum + valueSat, 0) - feeSat;
  const eachSat = Math.floor(restSat / outputs);
  const paid = Array.from(
    { length: outputs },
    (_, index): TransactionOutput => ({
      valueSat: index === 0 ? restSat - eachSat * (outputs - 1) : eachSat,
      scriptPubKey: keyHashScript,
    }),
  );
  return made({ version, inputs, outputs: paid, lockTime }, sizeVb);
}

/** Gives a body an id and a size. */
export function made(
  body: Pick<Transaction, "version" | "inputs" | "outputs" | "lockTime">,
  sizeVb = 100,
): Transaction {
  const txid = createHash("sha256")
    .update(JSON.stringify(body) + sizeVb)
    .digest("hex");
  const sizes = { sizeBytes: sizeVb, sizeVb, weightWu: 4 * sizeVb };
  return { ...body, txid, wtxid: txid, hasWitness: false, ...sizes };
}

/** The outputs of a transaction, to be spent. */
export function outputsOf({ txid, outputs }: Transaction): Spend[] {
  return outputs.map(({ valueSat }, index) => ({ txid, index, valueSat }));
}

let usualBase: SmallChain | undefined;

/** A chain that checks nothing but coins, maturity and lock heights: what a mempool stands on in most tests. */
export class SmallChain implements MempoolKernel {
  readonly blocks: ChainBlock[] = [];
  /** Signature checks by txid; 1 for others. */
  readonly sigops = new Map<string, number>();
  /** Scripts that don't hold, by txid. */
  readonly badScripts = new Map<string, string>();
  #coins = new Map<string, Coin>();
  #made = 0;

  constructor(blocks = 120) {
    const base = blocks >= (usualBase?.blocks.length ?? 0) ? usualBase : undefined;
    for (const block of base?.blocks ?? []) this.blocks.push(block);
    this.#coins = new Map(base?.coins());
    this.#made = this.blocks.length;
    while (this.blocks.length < blocks) this.connect([]);
  }

  coins(): ReadonlyMap<string, Coin> {
    return this.#coins;
  }

  get tip() {
    const tip = this.blocks.at(-1);
    if (tip === undefined) throw new Error("the chain is empty");
    return tip.entry;
  }

  entryAt(heightBlocks: number) {
    return this.blocks[heightBlocks]?.entry;
  }

  coin(txid: string, index: number): Coin | undefined {
    return this.#coins.get(`${txid}:${index}`);
  }

  /** Outputs of mature coinbases that nobody spent, oldest first. */
  mature(): Spend[] {
    return this.blocks
      .slice(0, Math.max(0, this.blocks.length - 99))
      .flatMap(({ block }) =>
        outputsOf(block.transactions[0]).filter(({ txid, index }) => this.coin(txid, index) !== undefined),
      );
  }

  /** Puts a block on top; of the same transactions it is another one each time. */
  connect(transactions: readonly Transaction[]): ChainBlock {
    this.#made += 1;
    const heightBlocks = this.blocks.length;
    const spend = { txid: "0".repeat(64), index: 0xffff_ffff, valueSat: 5_000_000_000 };
    const coinbase = draft({ spends: [spend], feeSat: 0, outputs: 8, lockTime: this.#made });
    const hash = createHash("sha256").update(`block ${this.#made}`).digest("hex");
    const entry = { hash, heightBlocks, medianTimeS: heightBlocks * 600 } as ChainBlock["entry"];
    const block = { hash, transactions: [coinbase, ...transactions] } as unknown as ChainBlock["block"];
    const connected = { entry, block, feesSat: 0, validationMs: 0 };
    this.#apply(connected);
    this.blocks.push(connected);
    return connected;
  }

  disconnect(): ChainBlock {
    const block = this.blocks.pop();
    if (block === undefined) throw new Error("the chain is empty");
    this.#coins = new Map();
    for (const each of this.blocks) this.#apply(each);
    return block;
  }

  checkTransaction: MempoolKernel["checkTransaction"] = (transaction, coins, spendHeightBlocks) => {
    const badScript = this.badScripts.get(transaction.txid);
    if (badScript !== undefined) return { ok: false, reason: badScript };
    if (transaction.lockTime >= spendHeightBlocks) return { ok: false, reason: "non-final" };
    let feeSat = -transaction.outputs.reduce((sum, { valueSat }) => sum + valueSat, 0);
    for (const { previousTxid, previousIndex } of transaction.inputs) {
      const coin = coins(previousTxid, previousIndex);
      if (coin === undefined) return { ok: false, reason: "bad-txns-inputs-missingorspent" };
      if (coin.isCoinbase && spendHeightBlocks - coin.heightBlocks < 100) {
        return { ok: false, reason: "bad-txns-premature-spend-of-coinbase" };
      }
      feeSat += coin.valueSat;
    }
    return { ok: true, feeSat, sigopsCost: this.sigops.get(transaction.txid) ?? 1 };
  };

  #apply({ entry: { heightBlocks }, block }: ChainBlock): void {
    for (const [position, { txid, inputs, outputs }] of block.transactions.entries()) {
      for (const { previousTxid, previousIndex } of inputs) {
        const isSpent = this.#coins.delete(`${previousTxid}:${previousIndex}`);
        if (!isSpent && position > 0) throw new Error(`block ${heightBlocks} spends a missing output`);
      }
      for (const [index, { valueSat, scriptPubKey }] of outputs.entries()) {
        const coin = { valueSat, scriptPubKey, heightBlocks, isCoinbase: position === 0 };
        this.#coins.set(`${txid}:${index}`, coin);
      }
    }
  }
}

// Made once: most tests begin here.
usualBase = new SmallChain(112);
