import { z } from "zod";
import { serializeTransaction } from "../../block/serialize-block.js";
import type { ChainRpcMethods } from "../../chain-rpc.js";
import { chainErrors } from "../../errors.js";
import type { BlockEntry } from "../kernel/chain-kernel.js";
import { requireBlock } from "./block-methods.js";
import { btcOfSat } from "./btc-amount.js";
import { chainMethod, hashOf, textParam, verbosityParam, wholeParam } from "./chain-method.js";
import { createConfirmedCoins } from "./confirmed-coins.js";
import type { DevnetRpcDependencies } from "./devnet-rpc-dependencies.js";
import { createScriptAnswers } from "./script-answer.js";
import { hexOf, type TransactionForm, transactionAnswer } from "./transaction-answer.js";
import { type FoundTransaction, findTransaction, transactionIn } from "./transaction-lookup.js";
import { waitingCoin } from "./waiting-coin.js";

/** Transactions and outputs by id; every confirmed transaction of the best chain is found, as with Core's -txindex. */
export function transactionMethods(deps: DevnetRpcDependencies): ChainRpcMethods {
  const txid = textParam("a transaction's id: 64 hex characters in display order");
  const scriptAnswer = createScriptAnswers((script) => deps.wallet.addressOf(script));

  function formOf(verbosity: number): TransactionForm {
    if (verbosity <= 1) return { scriptAnswer };
    const confirmed = createConfirmedCoins(deps.kernel);
    const coinOf = (id: string, index: number) => waitingCoin(deps, id, index) ?? confirmed(id, index);
    return { scriptAnswer, coinOf, withPrevouts: true };
  }

  return {
    getrawtransaction: chainMethod({
      description:
        "gives a waiting or confirmed transaction, as hex (verbosity 0), as an object (1), or with what it spends (2)",
      params: z.strictObject({
        txid,
        verbosity: verbosityParam("0, 1 or 2; false is 0, true is 1").default(0),
        blockhash: textParam("the only block to look in: 64 hex characters in display order").optional(),
      }),
      run({ txid: text, verbosity, blockhash }) {
        const id = hashOf(text, "txid");
        const found = blockhash === undefined ? findTransaction(deps, id) : findInBlock(deps, id, blockhash);
        if (found === undefined) throw transactionNotFound(id, blockhash);
        const level = Number(verbosity);
        if (level <= 0) return hexOf(found.bytes);
        const active =
          blockhash === undefined || found.entry === undefined
            ? {}
            : { in_active_chain: isActive(deps, found.entry) };
        return {
          ...active,
          ...transactionAnswer(found.transaction, found.bytes, formOf(level)),
          ...(found.entry === undefined ? {} : placeAnswer(deps, found.entry)),
        };
      },
    }),
    gettxout: chainMethod({
      description: "gives an unspent output, or null when there is none",
      params: z.strictObject({
        txid,
        n: wholeParam("the output's place, from 0").min(0).max(0xff_ff_ff_ff),
        include_mempool: z
          .boolean()
          .default(true)
          .describe("whether waiting transactions count: true or false"),
      }),
      run({ txid: text, n, include_mempool }) {
        const id = hashOf(text, "txid");
        const { kernel, mempool } = deps;
        if (include_mempool && mempool.spenderOf(id, n) !== undefined) return null;
        const waiting = include_mempool ? waitingCoin(deps, id, n) : undefined;
        const coin = waiting ?? kernel.coin(id, n);
        if (coin === undefined) return null;
        return {
          bestblock: kernel.tip.hash,
          confirmations: waiting === undefined ? kernel.tip.heightBlocks - coin.heightBlocks + 1 : 0,
          value: btcOfSat(coin.valueSat),
          scriptPubKey: scriptAnswer(coin.scriptPubKey),
          coinbase: coin.isCoinbase,
        };
      },
    }),
  };
}

function findInBlock(
  deps: DevnetRpcDependencies,
  txid: string,
  blockhash: string,
): FoundTransaction | undefined {
  const { entry, bytes } = requireBlock(deps, blockhash, "parameter 3");
  const transaction = transactionIn(bytes, txid);
  if (transaction === undefined) return undefined;
  return { transaction, bytes: serializeTransaction(transaction), entry };
}

function isActive({ kernel }: DevnetRpcDependencies, { hash, heightBlocks }: BlockEntry): boolean {
  return kernel.entryAt(heightBlocks)?.hash === hash;
}

function placeAnswer(deps: DevnetRpcDependencies, entry: BlockEntry): Record<string, unknown> {
  const { heightBlocks, hash, header } = entry;
  const confirmations = isActive(deps, entry) ? deps.kernel.tip.heightBlocks - heightBlocks + 1 : 0;
  return { blockhash: hash, confirmations, time: header.timestampS, blocktime: header.timestampS };
}

function transactionNotFound(txid: string, blockhash: string | undefined) {
  return blockhash === undefined
    ? chainErrors.CHAIN_NOT_FOUND({
        problem: "No such mempool or blockchain transaction. Use gettransaction for wallet transactions.",
        name: txid,
        known: "the mempool and the best chain",
      })
    : chainErrors.CHAIN_NOT_FOUND({
        problem: "No such transaction found in the provided block.",
        name: txid,
        known: `the transactions of block ${blockhash}`,
      });
}
