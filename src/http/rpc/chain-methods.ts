import { z } from "zod";
import type { ChainView } from "../../node-api/index.js";
import { BlockAnswers, type ChainDecoding } from "./block-answers.js";
import { answered, notYet, requireQuery, requireTip } from "./chain-query.js";
import { hashParam, wholeParam } from "./param.js";
import { type RpcMethods, rpcMethod } from "./rpc-method.js";

const none = z.strictObject({});
const SAT_PER_BTC = 100_000_000;
const SAT_PER_VB_PER_BTC_PER_KVB = 100_000;
const MAX_HEIGHT = 2 ** 31 - 1;

/**
 * Queries of the chain under the names and in the forms that operators of Bitcoin Core know. What the source can't
 * answer is NOT_AVAILABLE, and a field that it doesn't tell is left out.
 * @see https://developer.bitcoin.org/reference/rpc/
 */
export function chainMethods(chain: ChainView, decoding: ChainDecoding) {
  const blocks = new BlockAnswers(chain, decoding);
  return {
    getblockcount: rpcMethod({
      description: "tells the height of the best block",
      params: none,
      result: z.number(),
      run: () => requireTip(chain).heightBlocks,
    }),
    getbestblockhash: rpcMethod({
      description: "tells the hash of the best block",
      params: none,
      result: z.string(),
      run: () => requireTip(chain).hash,
    }),
    getblockhash: rpcMethod({
      description: "tells the hash of the block at a height of the best chain",
      params: z.strictObject({ height: wholeParam("a height", 0, MAX_HEIGHT) }),
      result: z.string(),
      run: ({ height }) =>
        answered(
          requireQuery(chain, "blockHashAt", "a block's hash")(height),
          "height",
          String(height),
          chain,
        ),
    }),
    getblock: rpcMethod({
      description:
        "gives a block, as hex (verbosity 0) or as an object with its transactions' ids (1, the default)",
      params: z.strictObject({
        hash: hashParam("a block's hash"),
        verbosity: wholeParam("0 for hex, 1 for an object", 0, 1).default(1),
      }),
      result: z.union([z.string(), z.record(z.string(), z.unknown())]),
      run: ({ hash, verbosity }) => (verbosity === 0 ? blocks.hex(hash) : blocks.block(hash)),
    }),
    getblockheader: rpcMethod({
      description: "gives a block's header, as an object or, where verbose is false, as hex",
      params: z.strictObject({
        hash: hashParam("a block's hash"),
        verbose: z.boolean().default(true).describe("true or false"),
      }),
      result: z.union([z.string(), z.record(z.string(), z.unknown())]),
      run: ({ hash, verbose }) => (verbose ? blocks.header(hash) : blocks.headerHex(hash)),
    }),
    getblockchaininfo: rpcMethod({
      description: "tells the state of the best chain",
      params: none,
      result: z.record(z.string(), z.unknown()),
      async run() {
        const { hash, heightBlocks } = requireTip(chain);
        const info = chain.chainInfo();
        const sync = await chain.queries.syncStatus?.();
        return {
          source: chain.name,
          blocks: info?.height ?? heightBlocks,
          bestblockhash: info?.tip_hash ?? hash,
          ...(info === undefined
            ? {}
            : {
                difficulty: info.difficulty,
                chainwork: info.chain_work,
                initialblockdownload: !info.is_synced,
              }),
          ...(sync === undefined ? {} : { verificationprogress: sync.progress }),
        };
      },
    }),
    getrawtransaction: rpcMethod({
      description: "gives a transaction as hex, a waiting one or a confirmed one",
      params: z.strictObject({ txid: hashParam("a transaction's id") }),
      result: z.string(),
      async run({ txid }) {
        const waiting = await chain.queries.mempoolTransaction?.(txid);
        if (waiting !== undefined) return hexOf(waiting);
        const find = requireQuery(chain, "transaction", "a confirmed transaction");
        return hexOf(await answered(find(txid), "transaction", txid, chain));
      },
    }),
    gettxout: rpcMethod({
      description: "gives an unspent output of a confirmed transaction, or null when there is none",
      params: z.strictObject({
        txid: hashParam("a transaction's id"),
        n: wholeParam("the output's place", 0, 2 ** 32 - 1),
      }),
      result: z.record(z.string(), z.unknown()).nullable(),
      async run({ txid, n }) {
        const output = await requireQuery(chain, "utxo", "an unspent output")(txid, n);
        if (output === undefined) return null;
        const { hash, heightBlocks } = requireTip(chain);
        return {
          bestblock: hash,
          confirmations: heightBlocks - output.height + 1,
          value: output.value / SAT_PER_BTC,
          scriptPubKey: { hex: hexOf(output.script_pubkey) },
          coinbase: output.is_coinbase,
        };
      },
    }),
    getrawmempool: rpcMethod({
      description: "lists the ids of the transactions that wait",
      params: none,
      result: z.array(z.string()),
      run: async () => [...(await requireQuery(chain, "mempoolTransactions", "the mempool")())],
    }),
    getmempoolinfo: rpcMethod({
      description: "tells how many transactions wait, their bytes and their fees in BTC",
      params: none,
      result: z.record(z.string(), z.number()),
      async run() {
        const size = await requireQuery(chain, "mempoolSize", "the mempool's size")();
        const { transaction_count, size_bytes, total_fee_sats } = size;
        return { size: transaction_count, bytes: size_bytes, total_fee: total_fee_sats / SAT_PER_BTC };
      },
    }),
    estimatesmartfee: rpcMethod({
      description:
        "estimates the fee, in BTC per 1000 virtual bytes, to be confirmed within a number of blocks",
      params: z.strictObject({ conf_target: wholeParam("blocks", 1, 1008) }),
      result: z.object({ feerate: z.number(), blocks: z.number() }),
      async run({ conf_target: blocks }) {
        const satPerVb = await requireQuery(chain, "feeEstimate", "a fee estimate")(blocks);
        if (satPerVb === undefined) throw notYet(chain, "a fee estimate");
        return { feerate: Math.round(satPerVb * 1000) / 1000 / SAT_PER_VB_PER_BTC_PER_KVB, blocks };
      },
    }),
    getpeerinfo: rpcMethod({
      description: "lists the connected peers",
      params: none,
      result: z.array(z.record(z.string(), z.unknown())),
      async run() {
        const peers = await requireQuery(chain, "networkPeers", "the peers")();
        return peers.map(({ addr, transport_type, services, version, connected_since }) => ({
          addr,
          transport: transport_type,
          services: services.toString(16).padStart(16, "0"),
          version,
          conntime: connected_since,
        }));
      },
    }),
    getnetworkinfo: rpcMethod({
      description: "tells the number of peers, the traffic and the network's hashes per second",
      params: none,
      result: z.record(z.string(), z.number()),
      async run() {
        const stats = await requireQuery(chain, "networkStats", "the state of the network")();
        const { peer_count, hash_rate, bytes_sent, bytes_received } = stats;
        return {
          connections: peer_count,
          networkhashps: hash_rate,
          totalbytessent: bytes_sent,
          totalbytesrecv: bytes_received,
        };
      },
    }),
  } satisfies RpcMethods;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}
