import { z } from "zod";
import { type RpcMethods, rpcMethod } from "./rpc-method.js";

const denial = z.object({
  attempt: z.string(),
  expected: z.string(),
  seen: z.string(),
  isDenied: z.boolean(),
});
const layer = z.object({
  id: z.string(),
  number: z.number(),
  title: z.string(),
  status: z.enum(["enforced", "partial", "missing", "off"]),
  mechanism: z.string().nullable(),
  reason: z.string().nullable(),
  consequence: z.string().nullable(),
  remedy: z.string().nullable(),
  denials: z.array(denial).readonly(),
});
const report = z.object({
  mode: z.enum(["auto", "strict", "off"]),
  platform: z.string(),
  user: z.string().nullable(),
  layers: z.array(layer).readonly(),
});

/** What modules are started in; the host lends it. */
export interface SandboxView {
  requireReport(): z.output<typeof report>;
}

/** What keeps modules from the machine. */
export function sandboxMethods(sandbox: SandboxView) {
  return {
    getsandboxreport: rpcMethod({
      description:
        "tells which layers of the sandbox hold on this machine, and what follows where one doesn't",
      params: z.strictObject({}),
      result: report,
      run: () => sandbox.requireReport(),
    }),
  } satisfies RpcMethods;
}
