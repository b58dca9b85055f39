import { z } from "zod";
import {
  type ChainControlName,
  type ChainView,
  chainControlNames,
  coreRpcMethods,
  nodeApiErrors,
} from "../../node-api/index.js";
import { type RpcMethod, rpcMethod } from "./rpc-method.js";

/** A refusal, whatever is given, for each control that the source lacks; {@link ownMethods} puts its own over them. */
export function chainControlMethods({
  name: source,
}: ChainView): Readonly<Record<ChainControlName, RpcMethod>> {
  const entries = chainControlNames.map((name): readonly [string, RpcMethod] => [
    name,
    {
      description: "not available from this chain source",
      params: [],
      call: async () => {
        throw nodeApiErrors.NOT_AVAILABLE({ what: name, source, reason: "this source can't be steered" });
      },
    },
  ]);
  return Object.fromEntries(entries) as Readonly<Record<ChainControlName, RpcMethod>>;
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
