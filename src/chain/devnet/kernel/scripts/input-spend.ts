import type { TransactionInput } from "../../../block/transaction.js";
import type { Coin } from "../chain-kernel.js";
import type { SignatureHashes } from "./signature-hash.js";

/** `consensus` is what a block may hold, `policy` what is relayed: the shortest of several spellings only. */
export type ScriptRules = "consensus" | "policy";

/** Why an input may not be spent: `unsupported` is nothing that the script says. */
export type ScriptFault =
  | { readonly kind: "unsupported" }
  /** Refused by policy before the script is run, in Core's word. */
  | { readonly kind: "nonstandard"; readonly reason: string }
  /** The script ran and failed; Core's description of the script error. */
  | { readonly kind: "failed"; readonly problem: string };

/** One input that is about to be checked. */
export interface InputSpend {
  readonly input: TransactionInput;
  readonly index: number;
  readonly coin: Coin;
  readonly hashes: SignatureHashes;
  readonly rules: ScriptRules;
}
