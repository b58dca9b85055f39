import { type ZmqTopic, zmqTopics } from "./node-notice.js";

/** Where to listen, and for what there. */
export interface ZmqEndpoint {
  readonly address: string;
  readonly topics: readonly ZmqTopic[];
}

/**
 * Chooses from the answer of getzmqnotifications: each topic once, and no more than tells everything.
 * `sequence` tells blocks and mempool; a block topic beside it notices when a message of the other is lost.
 * An address that stands for all interfaces becomes the host of `rpcUrl`. What isn't understood is left out.
 * @see https://developer.bitcoin.org/reference/rpc/getzmqnotifications.html
 */
export function zmqEndpoints(notifications: unknown, rpcUrl: string): ZmqEndpoint[] {
  const places = placesOf(notifications, new URL(rpcUrl).hostname);
  const wanted: ZmqTopic[] = [];
  const choose = (...topics: readonly ZmqTopic[]) => {
    const found = topics.find((topic) => places.has(topic));
    if (found !== undefined) wanted.push(found);
  };
  choose("sequence");
  choose("hashblock", "rawblock");
  if (!places.has("sequence")) choose("hashtx", "rawtx");

  const byAddress = new Map<string, ZmqTopic[]>();
  for (const topic of wanted) {
    const address = places.get(topic) ?? "";
    byAddress.set(address, [...(byAddress.get(address) ?? []), topic]);
  }
  return [...byAddress].map(([address, topics]) => ({ address, topics }));
}

function placesOf(notifications: unknown, rpcHost: string): Map<ZmqTopic, string> {
  const places = new Map<ZmqTopic, string>();
  for (const each of Array.isArray(notifications) ? (notifications as unknown[]) : []) {
    const { type, address } = (each ?? {}) as { type?: unknown; address?: unknown };
    const topic = zmqTopics.find((name) => type === `pub${name}`);
    if (topic === undefined || typeof address !== "string" || places.has(topic)) continue;
    places.set(topic, address.replace(/^tcp:\/\/(0\.0\.0\.0|\*|\[::\])(?=:)/, `tcp://${rpcHost}`));
  }
  return places;
}
