import { z } from "zod";
import type { ChainRpcMethod } from "../../chain-rpc.js";
import { chainErrors } from "../../errors.js";

interface Definition<Params extends z.core.$ZodLooseShape> {
  readonly description: string;
  readonly params: z.ZodObject<Params, z.core.$strict>;
  run(params: z.output<z.ZodObject<Params, z.core.$strict>>, signal: AbortSignal | undefined): unknown;
}

/** A method whose `run` has the type of what `params` makes. */
export function chainMethod<Params extends z.core.$ZodLooseShape>({
  description,
  params,
  run,
}: Definition<Params>): ChainRpcMethod {
  return { description, params, run: run as ChainRpcMethod["run"] };
}

/** Of a method that takes nothing. */
export const noParams = z.strictObject({});

/** A text of which the method itself says, in Core's words, what is wrong with it. */
export function textParam(description: string, maxChars = 1000) {
  return z.string().max(maxChars).describe(description);
}

/** Raw bytes as hex; a block of four million bytes fits. */
export function hexParam(description: string) {
  return z
    .string()
    .max(2 * maxRawBytes)
    .describe(`${description}: hex of at most ${maxRawBytes} bytes`);
}
const maxRawBytes = 4_000_000;

/** A whole number; the method itself says, in Core's words, which ones are allowed. */
export function wholeParam(description: string) {
  return z.int().describe(`${description}: a whole number`);
}

/** BTC as a number or a text. */
export function amountParam(description: string) {
  return z
    .union([z.number(), z.string().max(32)])
    .describe(`${description}: a number or a text, with up to 8 decimals`);
}

/** A verbosity, for which Core takes true and false as well. */
export function verbosityParam(description: string) {
  return z.union([z.boolean(), z.int()]).describe(description);
}

/** A hash in display order; capitals are taken for small letters. @throws CHAIN_PARAMETER_INVALID in Core's words */
export function hashOf(text: string, parameter: string): string {
  const shown = text.slice(0, 80);
  const problem =
    text.length !== 64
      ? `${parameter} must be of length 64 (not ${text.length}, for '${shown}')`
      : /^[0-9a-fA-F]{64}$/.test(text)
        ? undefined
        : `${parameter} must be hexadecimal string (not '${shown}')`;
  if (problem === undefined) return text.toLowerCase();
  throw chainErrors.CHAIN_PARAMETER_INVALID({ problem, allowed: "64 hex characters in display order" });
}

/** Bytes of hex; undefined when it is none. */
export function bytesOfHex(hex: string): Uint8Array | undefined {
  return hex.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(hex) ? Buffer.from(hex, "hex") : undefined;
}
