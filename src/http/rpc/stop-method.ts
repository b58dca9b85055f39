import { z } from "zod";
import { type RpcMethod, rpcMethod } from "./rpc-method.js";

/** Time for the answer to leave before the door closes. */
const ANSWER_MS = 50;

/** Ends the host in order, as Core's `stop` does; `stop` only begins it. */
export function stopMethod(stop: () => void): RpcMethod {
  return rpcMethod({
    description: "stops the host: modules first, then everything else",
    params: z.strictObject({}),
    result: z.string(),
    run() {
      setTimeout(stop, ANSWER_MS).unref();
      return "blvm-streams stopping";
    },
  });
}
