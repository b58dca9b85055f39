import { concatMap, defer, from, type OperatorFunction } from "rxjs";
import { ConfirmationLedger } from "../../confirmation-ledger.js";
import type { AnyEvent, EventEnvelope } from "../../events/index.js";

/** A block that is deep enough, or one that was and left the best chain. */
export interface Confirmation {
  readonly kind: "confirmed" | "retracted";
  readonly event: EventEnvelope<"NewBlock">;
}

export interface ConfirmedOptions {
  /** Blocks that are remembered at most, the confirmed ones among them: a reorganisation deeper than that is not told. */
  readonly maxBlocks?: number;
}

/** Blocks that are remembered where nothing else is said: a week of them. */
const USUAL_MAX_BLOCKS = 1000;

/**
 * Holds each NewBlock until it is `depth` deep (1 is the tip) and tells it as confirmed; a confirmed block that a
 * reorganisation disconnects is told as retracted, tip first. Needs NewBlock and BlockDisconnected; other events are
 * left out.
 *
 * - Order: confirmed blocks rise in height along one chain; a retraction comes before what replaces the block.
 * - Holds at most `maxBlocks` blocks (1,000 by default); what waits when the source ends is not told.
 * - Errors and completion of the source pass at once.
 * @throws RangeError when depth is not a whole number from 1 to `maxBlocks`
 */
export function confirmed(
  depth: number,
  options: ConfirmedOptions = {},
): OperatorFunction<AnyEvent, Confirmation> {
  const makeBook = confirmationBook(depth, options);
  return (events$) =>
    defer(() => {
      const take = makeBook();
      return events$.pipe(concatMap((event) => from(take(event))));
    });
}

/** What `confirmed` and its pulling twin keep for one subscription: an event in, confirmations out. */
export function confirmationBook(
  depth: number,
  { maxBlocks = USUAL_MAX_BLOCKS }: ConfirmedOptions,
): () => (event: AnyEvent) => Confirmation[] {
  if (!Number.isSafeInteger(depth) || depth < 1 || depth > maxBlocks)
    throw new RangeError(`depth is ${depth}; a whole number from 1 to maxBlocks (${maxBlocks}) is needed`);
  return () => {
    const ledger = new ConfirmationLedger<EventEnvelope<"NewBlock">>({ depth, maxBlocks });
    return (event) => {
      const changes =
        event.type === "NewBlock"
          ? ledger.connect(event.payload.height, event.payload.block_hash, event)
          : event.type === "BlockDisconnected"
            ? ledger.disconnect(event.payload.hash)
            : [];
      return changes.flatMap(({ kind, block }) => (kind === "forgotten" ? [] : [{ kind, event: block }]));
    };
  };
}
