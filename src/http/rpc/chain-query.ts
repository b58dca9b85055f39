import type { ChainView } from "../../node-api/index.js";
import { nodeApiErrors } from "../../node-api/index.js";
import { rpcErrors } from "../errors.js";

type Queries = ChainView["queries"];
/** The members of the queries that are functions. */
type QueryName = {
  [Name in keyof Queries]-?: NonNullable<Queries[Name]> extends (...args: never) => unknown ? Name : never;
}[keyof Queries];

/** @throws NOT_AVAILABLE while no block is connected */
export function requireTip(chain: ChainView) {
  const tip = chain.tip();
  if (tip !== undefined) return tip;
  throw nodeApiErrors.NOT_AVAILABLE(
    { what: "the tip", source: chain.name, reason: "no block is connected yet" },
    { retryable: true },
  );
}

/** The source has no answer yet and may have one later. */
export function notYet({ name: source }: ChainView, what: string) {
  return nodeApiErrors.NOT_AVAILABLE(
    { what, source, reason: "it knows too little yet" },
    { retryable: true },
  );
}

/** A query of the source, bound to it. @throws NOT_AVAILABLE when it lacks that one */
export function requireQuery<Name extends QueryName>(
  { name: source, queries }: ChainView,
  query: Name,
  what: string,
): NonNullable<Queries[Name]> {
  const found = queries[query];
  if (typeof found === "function") return found.bind(queries) as NonNullable<Queries[Name]>;
  throw nodeApiErrors.NOT_AVAILABLE({ what, source, reason: "this source doesn't know it" });
}

/** What a query found. @throws RPC_NOT_FOUND when it found nothing */
export async function answered<Found>(
  found: Promise<Found | undefined>,
  what: string,
  name: string,
  { name: source }: ChainView,
): Promise<Found> {
  const value = await found;
  if (value !== undefined) return value;
  throw rpcErrors.RPC_NOT_FOUND({ what, name, known: `what chain source "${source}" holds` });
}
