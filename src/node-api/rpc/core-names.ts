/** What operators of Bitcoin Core do to a chain; only a source that can be steered answers these. */
export const chainControlNames = [
  "getchaintips",
  "getmempoolentry",
  "gettxoutsetinfo",
  "getblocktemplate",
  "submitblock",
  "sendrawtransaction",
  "testmempoolaccept",
  "generatetoaddress",
  "generateblock",
  "getnewaddress",
  "getbalance",
  "sendtoaddress",
  "invalidateblock",
  "reconsiderblock",
  "setmocktime",
  "setban",
  "listbanned",
] as const;
export type ChainControlName = (typeof chainControlNames)[number];

/** The methods of JSON-RPC that the node has itself; no module can register one of these as its own. */
export const coreRpcMethods = [
  "help",
  "loadmodule",
  "unloadmodule",
  "reloadmodule",
  "listmodules",
  "getmoduleclispecs",
  "runmodulecli",
  "getdeliverystats",
  "getalldeliverystats",
  "resetdeliverystats",
  "explainevent",
  "getsubscribers",
  "getauditlog",
  "getsandboxreport",
  "getblockcount",
  "getbestblockhash",
  "getblockhash",
  "getblock",
  "getblockheader",
  "getblockchaininfo",
  "getrawtransaction",
  "gettxout",
  "getrawmempool",
  "getmempoolinfo",
  "estimatesmartfee",
  "getpeerinfo",
  "getnetworkinfo",
  ...chainControlNames,
  "stop",
  "getdescriptorinfo",
  "analyzepsbt",
] as const;
export type CoreRpcMethod = (typeof coreRpcMethods)[number];

export function isCoreRpcMethod(name: string): name is CoreRpcMethod {
  return (coreRpcMethods as readonly string[]).includes(name);
}
