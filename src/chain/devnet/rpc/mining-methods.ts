import { setImmediate as nextTurn } from "node:timers/promises";
import { z } from "zod";
import { errorCode } from "../../../errors.js";
import { blockHashOf, decodeBlock } from "../../block/decode.js";
import type { ChainRpcMethods } from "../../chain-rpc.js";
import { chainErrors } from "../../errors.js";
import { bytesOfHex, chainMethod, hashOf, hexParam, textParam, wholeParam } from "./chain-method.js";
import type { DevnetRpcDependencies } from "./devnet-rpc-dependencies.js";
import { hexOf } from "./transaction-answer.js";
import { transactionOfHex } from "./transaction-lookup.js";
import { requireAddress } from "./wallet-methods.js";

const mostBlocks = 1000;
const mostTransactions = 10_000;
const usualTries = 1_000_000;
const mostTries = Number.MAX_SAFE_INTEGER;
const txidText = /^[0-9a-fA-F]{64}$/;

/**
 * New blocks. `generatetoaddress` lets the host do other work between two blocks, so that blocks from elsewhere may
 * come between its own; it stops when its caller leaves.
 * @see https://developer.bitcoin.org/reference/rpc/generatetoaddress.html
 */
export function miningMethods(deps: DevnetRpcDependencies): ChainRpcMethods {
  return {
    generatetoaddress: chainMethod({
      description: "mines blocks from the mempool to an address and lists their hashes",
      params: z.strictObject({
        nblocks: wholeParam(`how many, at most ${mostBlocks}`),
        address: textParam("who is paid: an address of regtest", 200),
        maxtries: wholeParam("how many nonces may be tried for all of them")
          .min(0)
          .max(mostTries)
          .default(usualTries),
      }),
      async run({ nblocks, address, maxtries }, signal) {
        requireAddress(deps, address, "Error: Invalid address");
        if (nblocks < 0 || nblocks > mostBlocks) {
          const problem = `nblocks is ${nblocks}`;
          throw chainErrors.CHAIN_PARAMETER_INVALID({ problem, allowed: `0 to ${mostBlocks} in one call` });
        }
        const hashes: string[] = [];
        let leftTries = maxtries;
        while (hashes.length < nblocks && leftTries > 0) {
          signal?.throwIfAborted();
          const mined = deps.actions.mine(1, { address });
          hashes.push(...mined);
          // A search begins with nonce 0 and tries each.
          for (const hash of mined) leftTries -= (deps.kernel.entry(hash)?.header.nonce ?? 0) + 1;
          await nextTurn();
        }
        return hashes;
      },
    }),
    generateblock: chainMethod({
      description: "mines one block with these transactions only and tells its hash",
      params: z.strictObject({
        output: textParam("who is paid: an address of regtest, or addr(ADDRESS)", 300),
        transactions: z
          .array(hexParam("a transaction"))
          .max(mostTransactions)
          .describe("ids of waiting transactions or raw ones in hex, in the order of the block"),
        submit: z.boolean().default(true).describe("false: the block is told as hex and not kept"),
      }),
      run({ output, transactions, submit }) {
        const address = /^addr\(([^()]*)\)(?:#[a-z0-9]{8})?$/.exec(output)?.[1] ?? output;
        requireAddress(deps, address, "Error: Invalid address or descriptor");
        for (const each of transactions) requireMineable(deps, each);
        const { hash, bytes } = minedOf(deps, transactions, { address, submit });
        return submit ? { hash } : { hash, hex: hexOf(bytes) };
      },
    }),
    submitblock: chainMethod({
      description:
        "gives a block to the chain: null when it is the best one now, else a word that says why not",
      params: z.strictObject({
        hexdata: hexParam("the block"),
        dummy: textParam("taken and not looked at").optional(),
      }),
      run: ({ hexdata }) => submit(deps, hexdata),
    }),
  };
}

function minedOf(
  { actions }: DevnetRpcDependencies,
  transactions: readonly string[],
  options: { readonly address: string; readonly submit: boolean },
) {
  try {
    return actions.mineExactly(transactions, options);
  } catch (error) {
    const code = errorCode(error);
    if (code !== "CHAIN_TRANSACTION_REJECTED" && code !== "CHAIN_BLOCK_REJECTED") throw error;
    const { reason } = (error as { readonly details: { readonly reason: string } }).details;
    throw chainErrors.CHAIN_BLOCK_UNMINABLE({ reason }, { cause: error });
  }
}

function requireMineable({ mempool }: DevnetRpcDependencies, text: string): void {
  if (!txidText.test(text)) {
    const shown = text.slice(0, 80);
    transactionOfHex(
      text,
      `Transaction decode failed for ${shown}. Make sure the tx has at least one input.`,
    );
    return;
  }
  const txid = hashOf(text, "txid");
  if (mempool.entry(txid) !== undefined) return;
  const problem = `Transaction ${txid} not in mempool.`;
  throw chainErrors.CHAIN_NOT_FOUND({ problem, name: txid, known: "what getrawmempool lists" });
}

/** Reads a block from hex. @throws CHAIN_DECODE_FAILED */
export function blockOfHex(hex: string) {
  const bytes = bytesOfHex(hex);
  const decoded = bytes && decodeBlock(bytes);
  if (bytes !== undefined && decoded?.ok === true) return { block: decoded.value, bytes };
  throw undecodable(bytes);
}

function undecodable(bytes: Uint8Array | undefined) {
  const decoded = bytes && decodeBlock(bytes);
  return chainErrors.CHAIN_DECODE_FAILED({
    problem: "Block decode failed",
    reason: decoded?.ok === false ? `${decoded.problem}, at byte ${decoded.offsetBytes}` : "it is no hex",
    allowed: "one block in hex, with witnesses",
  });
}

/** @returns null, or BIP22's word for what became of the block */
async function submit(deps: DevnetRpcDependencies, hex: string): Promise<string | null> {
  const bytes = bytesOfHex(hex);
  const hash = bytes && blockHashOf(bytes);
  // What is no block has no header either, or parts that don't fit; what a rule refuses is answered with the rule.
  if (bytes === undefined || hash === undefined) throw undecodable(bytes);
  const outcome = await deps.submitBlock(bytes);
  if (outcome.outcome === "rejected" && outcome.reason === "block-undecodable") throw undecodable(bytes);
  if (outcome.outcome === "rejected") return outcome.reason;
  const status = deps.kernel.entry(hash)?.status;
  if (outcome.outcome === "duplicate") return status === "invalid" ? "duplicate-invalid" : "duplicate";
  return status === "active" ? null : "inconclusive";
}
