import type { EventType } from "../catalogue.js";
import { publishedByBitcoinCore } from "./bitcoin-core.js";
import { publishedByDevnet } from "./devnet.js";
import { publishedByHost } from "./host.js";
import type { Publications } from "./publication.js";
import { publishedByReplay } from "./replay.js";

/** Who publishes events of the node: the host itself, or the chain source of that name. */
export const publishers: Readonly<Record<Publisher, Publications>> = {
  host: publishedByHost,
  devnet: publishedByDevnet,
  replay: publishedByReplay,
  "bitcoin-core": publishedByBitcoinCore,
};

export type Publisher = "host" | "devnet" | "replay" | "bitcoin-core";

export const publisherNames = Object.keys(publishers) as readonly Publisher[];

/** When a publisher publishes a type; undefined when it never does. */
export function publishedWhen(publisher: Publisher, type: EventType): string | undefined {
  return publishers[publisher][type];
}
