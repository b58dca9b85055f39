import type { ChainQueries, SubmitOutcome } from "../chain-queries.js";
import { chainErrors } from "../errors.js";
import { fieldsOf, textIn } from "./answer-field.js";
import { orAbsent } from "./block-queries.js";
import type { CoreQueryDependencies } from "./followed-node.js";
import { notUnderstood } from "./node-blocks.js";
import { rpcCodeOf, rpcCodes, rpcReasonOf } from "./rpc-caller.js";
import { templateRecord } from "./template-record.js";
import { templateRules } from "./templates.js";

/** Blocks that wait to be handed to the node, beside the one that it is given. */
const maxQueuedBlocks = 16;

type MiningQueries = Pick<
  ChainQueries,
  "blockTemplate" | "scriptOfAddress" | "submitBlock" | "queueReceivedBlock"
>;

/** Templates, addresses, and blocks that are handed in. @see coreQueries */
export function miningQueries({ rpc, signal }: CoreQueryDependencies): MiningQueries {
  const call = (method: string, params: readonly unknown[] = []) =>
    rpc.call<unknown>(method, params, { signal });
  let queuedBlocks = 0;
  let lastQueued: Promise<unknown> = Promise.resolve();
  let network: string | undefined;

  async function scriptOfAddress(address: string): Promise<Uint8Array | undefined> {
    signal.throwIfAborted();
    const { isvalid, scriptPubKey } = fieldsOf(await orAbsent(call("validateaddress", [address])));
    if (isvalid !== true) return undefined;
    if (typeof scriptPubKey !== "string") throw notUnderstood("validateaddress");
    return Buffer.from(scriptPubKey, "hex");
  }

  /** @see https://github.com/bitcoin/bips/blob/master/bip-0022.mediawiki#appendix-example-rejection-reasons */
  async function submit(block: Uint8Array): Promise<SubmitOutcome> {
    try {
      const outcome = await call("submitblock", [Buffer.from(block).toString("hex")]);
      // Inconclusive: taken, and not on the best chain for now.
      if (outcome === null || outcome === "inconclusive") return { outcome: "accepted" };
      if (outcome === "duplicate" || outcome === "duplicate-inconclusive") return { outcome: "duplicate" };
      return { outcome: "rejected", reason: String(outcome) };
    } catch (error) {
      if (rpcCodeOf(error) !== rpcCodes.deserialization) throw error;
      return { outcome: "rejected", reason: rpcReasonOf(error) };
    }
  }

  return {
    async blockTemplate({ rules, coinbaseScript }) {
      signal.throwIfAborted();
      if (coinbaseScript === undefined) throw chainErrors.NODE_TEMPLATE_UNPAID(undefined);
      network ??= textIn(fieldsOf(await call("getblockchaininfo")), "chain");
      const known = [...new Set([...templateRules(network), ...rules])];
      return templateRecord(await call("getblocktemplate", [{ rules: known }]), coinbaseScript);
    },
    scriptOfAddress,
    async submitBlock(block) {
      signal.throwIfAborted();
      return submit(block);
    },
    async queueReceivedBlock(block) {
      signal.throwIfAborted();
      if (queuedBlocks >= maxQueuedBlocks) return false;
      queuedBlocks += 1;
      // Lent bytes: they may be another block's when it is this one's turn.
      const own = Uint8Array.from(block);
      lastQueued = lastQueued
        .then(() => (signal.aborted ? undefined : submit(own)))
        // Nobody waits for the outcome: a block that was taken is told by its NewBlock.
        .catch(() => undefined)
        .finally(() => {
          queuedBlocks -= 1;
        });
      return true;
    },
  };
}
