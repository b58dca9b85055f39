import { concatMap, defer, from, type OperatorFunction } from "rxjs";
import type { AnyEvent, EventEnvelope } from "../../events/index.js";
import { sdkErrors } from "../errors.js";
import { type ConfirmedOptions, confirmationBook } from "./confirmed.js";

/**
 * Lets pass each NewBlock once it is `depth` deep, and never one that is taken back later: blocks that a reorganisation
 * disconnects before that are left out without a word. A reorganisation that reaches a block which was let pass breaks
 * the promise, so it ends the stream with REORG_TOO_DEEP; choose a greater depth, or {@link confirmed}, which retracts.
 *
 * Order: heights rise by one along one chain, but for blocks that the module itself lost. Holds as `confirmed` does.
 */
export function reorgSafe(
  depth: number,
  options: ConfirmedOptions = {},
): OperatorFunction<AnyEvent, EventEnvelope<"NewBlock">> {
  const makeBook = safeBook(depth, options);
  return (events$) =>
    defer(() => {
      const take = makeBook();
      return events$.pipe(concatMap((event) => from(take(event))));
    });
}

/** What `reorgSafe` and its pulling twin keep for one subscription. @throws REORG_TOO_DEEP from the inner function */
export function safeBook(
  depth: number,
  options: ConfirmedOptions,
): () => (event: AnyEvent) => EventEnvelope<"NewBlock">[] {
  const makeBook = confirmationBook(depth, options);
  return () => {
    const take = makeBook();
    return (event) =>
      take(event).map(({ kind, event: block }) => {
        if (kind === "confirmed") return block;
        const { block_hash: hash, height } = block.payload;
        throw sdkErrors.REORG_TOO_DEEP({ hash, height, depth });
      });
  };
}
