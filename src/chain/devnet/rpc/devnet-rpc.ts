import type { ChainRpcMethods } from "../../chain-rpc.js";
import { blockMethods } from "./block-methods.js";
import { chainStateMethods } from "./chain-state-methods.js";
import type { DevnetRpcDependencies } from "./devnet-rpc-dependencies.js";
import { mempoolMethods } from "./mempool-methods.js";
import { miningMethods } from "./mining-methods.js";
import { peerMethods } from "./peer-methods.js";
import { sendingMethods } from "./sending-methods.js";
import { templateMethods } from "./template-methods.js";
import { transactionMethods } from "./transaction-methods.js";
import { walletMethods } from "./wallet-methods.js";

/**
 * The JSON-RPC methods of a devnet, with the names, parameters, forms and error numbers of Bitcoin Core 28. What a
 * devnet doesn't know is left out of an answer. Nothing of `deps` is touched before a method is called.
 * @see https://developer.bitcoin.org/reference/rpc/
 */
export function devnetRpc(deps: DevnetRpcDependencies): ChainRpcMethods {
  return {
    ...blockMethods(deps),
    ...chainStateMethods(deps),
    ...transactionMethods(deps),
    ...mempoolMethods(deps),
    ...sendingMethods(deps),
    ...miningMethods(deps),
    ...templateMethods(deps),
    ...walletMethods(deps),
    ...peerMethods(deps),
  };
}
