import { decodeTransaction } from "../../block/decode.js";
import type { Transaction } from "../../block/transaction.js";
import { chainErrors } from "../../errors.js";
import type { ChainKernel } from "../kernel/chain-kernel.js";
import type { Mempool } from "../mempool/mempool.js";

/**
 * The transactions of a block in the given order, txids of the mempool or raw hex, and their fees.
 * @throws DEVNET_TRANSACTION_UNKNOWN, CHAIN_TRANSACTION_REJECTED
 */
export function exactContents(
  { kernel, mempool }: { readonly kernel: ChainKernel; readonly mempool: Mempool },
  wanted: readonly string[],
): { transactions: Transaction[]; feesSat: number } {
  const made = new Map<string, Transaction>();
  const heightBlocks = kernel.tip.heightBlocks + 1;
  let feesSat = 0;
  for (const text of wanted) {
    const transaction = mempool.entry(text)?.transaction ?? decodeHex(text);
    const checked = kernel.checkTransaction(
      transaction,
      (txid, index) => {
        const output = made.get(txid)?.outputs[index];
        return output === undefined
          ? kernel.coin(txid, index)
          : { ...output, heightBlocks, isCoinbase: false };
      },
      heightBlocks,
    );
    if (!checked.ok) {
      const { txid } = transaction;
      throw chainErrors.CHAIN_TRANSACTION_REJECTED({ txid, reason: checked.reason });
    }
    feesSat += checked.feeSat;
    made.set(transaction.txid, transaction);
  }
  return { transactions: [...made.values()], feesSat };
}

function decodeHex(text: string): Transaction {
  const decoded = decodeTransaction(Buffer.from(/^[0-9a-fA-F]*$/.test(text) ? text : "", "hex"));
  if (decoded.ok) return decoded.value;
  throw chainErrors.DEVNET_TRANSACTION_UNKNOWN({
    txid: text.slice(0, 64),
    found: "neither waits in the mempool nor is a transaction in hex",
  });
}
