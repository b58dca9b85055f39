import { z } from "zod";
import { type ControlMethod, controlMethod } from "../control/index.js";
import { callByText, type RpcMethods } from "../http/index.js";

const MAX_ARGS = 64;

/** The control door's way to the methods of JSON-RPC: whoever may open the door may call them without a password. */
export function chainControlMethods(methods: RpcMethods): Readonly<Record<string, ControlMethod>> {
  const call = z.strictObject({
    method: z.string().max(128),
    args: z.array(z.string()).max(MAX_ARGS),
    named: z.boolean().default(false),
  });
  return {
    chainrpc: controlMethod(call, ({ method, args, named }) =>
      callByText(methods, { method, args, isNamed: named }),
    ),
  };
}
