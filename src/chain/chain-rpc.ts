import type { z } from "zod";

/**
 * A method of JSON-RPC that a chain source answers itself, under the name and in the shape that Bitcoin Core gives it.
 * @see https://developer.bitcoin.org/reference/rpc/
 */
export interface ChainRpcMethod {
  /** What it does, in one line that begins with a verb. */
  readonly description: string;
  /** The parameters by name, in the order by position; each describes what it takes. */
  readonly params: z.ZodObject<z.core.$ZodLooseShape, z.core.$strict>;
  /** Given what `params` made of the caller's. The answer is JSON. @throws the source's own errors */
  run(params: never, signal: AbortSignal | undefined): unknown;
}

/** By name, from the names that `coreRpcMethods` reserves. */
export type ChainRpcMethods = Readonly<Record<string, ChainRpcMethod>>;
