import { z } from "zod";
import type { ChainView, CoreRpcMethod } from "../../node-api/index.js";
import { coreRpcMethods, nodeApiErrors } from "../../node-api/index.js";
import { type RpcMethod, rpcMethod } from "./rpc-method.js";

/** What operators of Bitcoin Core do to a chain; only a source that can be steered answers these. */
const controlNames = [
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
] as const satisfies readonly CoreRpcMethod[];
type ControlName = (typeof controlNames)[number];

/** A refusal, whatever is given, for each control that the source lacks; {@link ownMethods} puts its own over them. */
export function chainControlMethods({ name: source }: ChainView): Readonly<Record<ControlName, RpcMethod>> {
  const entries = controlNames.map((name): readonly [string, RpcMethod] => [
    name,
    {
      description: "not available from this chain source",
      params: [],
      call: async () => {
        throw nodeApiErrors.NOT_AVAILABLE({ what: name, source, reason: "this source can't be steered" });
      },
    },
  ]);
  return Object.fromEntries(entries) as Readonly<Record<ControlName, RpcMethod>>;
}

/** The methods that the source answers itself, in the place of those that are made of its queries. */
export function ownMethods({ rpc = {} }: ChainView): Readonly<Record<string, RpcMethod>> {
  const known = new Set<string>(coreRpcMethods);
  const entries = Object.entries(rpc)
    .filter(([name]) => known.has(name))
    .map(([name, { description, params, run }]) => [
      name,
      rpcMethod({
        description,
        params,
        isNullAbsent: true,
        result: z.unknown(),
        run: (given, signal) => run(given as never, signal),
      }),
    ]);
  return Object.fromEntries(entries) as Readonly<Record<string, RpcMethod>>;
}
