import { z } from "zod";
import type { ChainRpcMethods } from "../../chain-rpc.js";
import { chainErrors } from "../../errors.js";
import { toldDifficulty, workHex } from "./block-answer.js";
import { blockNotFound } from "./block-methods.js";
import { chainMethod, hashOf, noParams, textParam, wholeParam } from "./chain-method.js";
import type { DevnetRpcDependencies } from "./devnet-rpc-dependencies.js";

const latestTimeS = 0xff_ff_ff_ff;

/** The chain as a whole, its branches, and what operators do to it. */
export function chainStateMethods(deps: DevnetRpcDependencies): ChainRpcMethods {
  const blockhash = textParam("a block's hash: 64 hex characters in display order");
  const requireKnown = (text: string) => {
    const hash = hashOf(text, "blockhash");
    if (deps.kernel.entry(hash) === undefined) throw blockNotFound(hash);
    return hash;
  };
  return {
    getblockchaininfo: chainMethod({
      description: "tells the state of the best chain",
      params: noParams,
      run() {
        const { tip } = deps.kernel;
        return {
          chain: "regtest",
          blocks: tip.heightBlocks,
          headers: tip.heightBlocks,
          bestblockhash: tip.hash,
          difficulty: toldDifficulty(tip.header.bits),
          time: tip.header.timestampS,
          mediantime: tip.medianTimeS,
          verificationprogress: 1,
          initialblockdownload: false,
          chainwork: workHex(tip.chainWork),
          size_on_disk: deps.sizeOnDiskBytes(),
          pruned: false,
          warnings: [],
        };
      },
    }),
    getchaintips: chainMethod({
      description: "lists the ends of all branches, the highest first",
      params: noParams,
      run: () =>
        deps.kernel
          .tips()
          .map(({ entry, branchLength }) => ({
            height: entry.heightBlocks,
            hash: entry.hash,
            branchlen: branchLength,
            status: entry.status,
          }))
          .toSorted((one, other) => other.height - one.height),
    }),
    gettxoutsetinfo: chainMethod({
      description: "counts the unspent outputs of the best chain; no hash is made of them",
      params: z.strictObject({ hash_type: textParam("none", 32).default("none") }),
      run({ hash_type }) {
        if (hash_type !== "none") {
          const problem = `'${hash_type}' is not a valid hash_type`;
          throw chainErrors.CHAIN_PARAMETER_INVALID({ problem, allowed: "none" });
        }
        const { tip, coinCount } = deps.kernel;
        return { height: tip.heightBlocks, bestblock: tip.hash, txouts: coinCount };
      },
    }),
    invalidateblock: chainMethod({
      description: "marks a block and what stands on it as invalid and leaves it for the best other chain",
      params: z.strictObject({ blockhash }),
      run({ blockhash: text }) {
        deps.actions.invalidate(requireKnown(text));
        return null;
      },
    }),
    reconsiderblock: chainMethod({
      description: "takes back invalidateblock for a block, its ancestors and what stands on it",
      params: z.strictObject({ blockhash }),
      run({ blockhash: text }) {
        deps.actions.reconsider(requireKnown(text));
        return null;
      },
    }),
    setmocktime: chainMethod({
      description: "sets the clock of the chain; 0 is the real one again",
      params: z.strictObject({ timestamp: wholeParam("Unix time in seconds, or 0") }),
      run({ timestamp }) {
        if (timestamp < 0 || timestamp > latestTimeS) {
          const problem = `Mocktime must be in the range [0, ${latestTimeS}], not ${timestamp}.`;
          throw chainErrors.CHAIN_PARAMETER_INVALID({ problem, allowed: `0 to ${latestTimeS}` });
        }
        deps.actions.setMockTime(timestamp);
        return null;
      },
    }),
  };
}
