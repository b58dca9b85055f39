import { type AnyEvent, type EventEnvelope, type EventType, eventDefinition } from "../../../events/index.js";
import type { StreamItem } from "../../stream-item.js";

/** The field by which events about a block name it. */
const BLOCK_FIELD = "block_hash";
/** A reorganisation deeper than this is no matter of windows any more. */
const MAX_REMEMBERED = 1000;

/** Those of the types whose events are about one block, so that they may be taken back with it. */
export function blockTypes(types: readonly EventType[]): EventType[] {
  return types.filter((type) => eventDefinition(type).fields.some(({ name }) => name === BLOCK_FIELD));
}

/**
 * The blocks that left the best chain. An event about a block that is older than its disconnection is taken back; what
 * comes after it counts again. Remembers the newest {@link MAX_REMEMBERED}, for events that steps before held back.
 */
export class DisconnectedBlocks {
  readonly #seqOf = new Map<string, number>();

  add({ value, seq }: StreamItem): void {
    const { hash } = (value as EventEnvelope<"BlockDisconnected">).payload;
    this.#seqOf.delete(hash);
    this.#seqOf.set(hash, seq);
    if (this.#seqOf.size > MAX_REMEMBERED)
      for (const oldest of this.#seqOf.keys()) {
        this.#seqOf.delete(oldest);
        break;
      }
  }

  isTakenBack({ value, seq }: StreamItem): boolean {
    if (this.#seqOf.size === 0) return false;
    const payload = (value as AnyEvent).payload as { readonly [BLOCK_FIELD]?: string };
    const goneSeq = this.#seqOf.get(payload[BLOCK_FIELD] ?? "");
    return goneSeq !== undefined && seq < goneSeq;
  }
}
