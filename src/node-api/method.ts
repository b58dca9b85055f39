import type { GivenAnswer, RequestInput, RequestName } from "../requests/index.js";
import type { Caller, NodeApiDependencies } from "./dependencies.js";
import type { Services } from "./services.js";

export interface MethodCall<Name extends RequestName = RequestName> {
  readonly input: RequestInput<Name>;
  readonly caller: Caller;
  readonly deps: NodeApiDependencies;
  readonly services: Services;
  /** Aborted when the caller's connection closes. */
  readonly signal: AbortSignal;
  /** Answers before `run` returns, for a method whose answer must precede its effect; later answers do nothing. */
  readonly answerNow: (answer: GivenAnswer<Name>) => void;
}

/** Serves one request: returns the answer or a promise of it, or throws an EngineError to refuse. */
export type Method<Name extends RequestName> = (
  call: MethodCall<Name>,
) => GivenAnswer<Name> | Promise<GivenAnswer<Name>>;

/** The methods of some requests; the compiler checks each against its request. */
export type Methods<Names extends RequestName> = { readonly [Name in Names]: Method<Name> };
