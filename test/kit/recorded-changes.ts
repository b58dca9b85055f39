import type { SessionEntry, ZmqEntry } from "./recorded-session.js";

/** What a node told about its own state by topic `sequence`. */
export type RecordedChange =
  | { readonly kind: "connect" | "disconnect"; readonly hash: string; readonly t: number }
  | {
      readonly kind: "add" | "remove";
      readonly hash: string;
      readonly mempoolSequence: number;
      readonly t: number;
    };

const kinds = { C: "connect", D: "disconnect", A: "add", R: "remove" } as const;

/** Reads a body of topic `sequence`. */
function readChange({ body, t }: Pick<ZmqEntry, "body" | "t">): RecordedChange {
  const bytes = Buffer.from(body, "hex");
  const hash = bytes.toString("hex", 0, 32);
  const kind = kinds[bytes.toString("latin1", 32, 33) as keyof typeof kinds];
  return kind === "connect" || kind === "disconnect"
    ? { kind, hash, t }
    : { kind, hash, mempoolSequence: Number(bytes.readBigUInt64LE(33)), t };
}

/**
 * By entry, the changes that had happened when the entry came into being. A node changes first and publishes then:
 * a change belongs to the first message about it, or to the answer of the call that made it when that came earlier.
 */
export function changesByEntry(entries: readonly SessionEntry[]): readonly (readonly RecordedChange[])[] {
  const byEntry: RecordedChange[][] = entries.map(() => []);
  let evidence: number | undefined;
  let soonest = 0;
  for (const [index, entry] of entries.entries()) {
    if (entry.kind !== "zmq") continue;
    if (entry.topic === "hashtx" || entry.topic === "rawtx") {
      evidence ??= index;
      continue;
    }
    if (entry.topic === "sequence") {
      const change = readChange(entry);
      const cause = callThatMade(entries, change, index);
      // Changes keep their order: none is older than the one before it.
      soonest = Math.max(soonest, Math.min(evidence ?? index, cause ?? index));
      byEntry[soonest]?.push(change);
    }
    evidence = undefined;
  }
  return byEntry;
}

/** Where, before `end`, stands the answer of the call that made the change. */
function callThatMade(
  entries: readonly SessionEntry[],
  change: RecordedChange,
  end: number,
): number | undefined {
  const found = entries.findLastIndex((entry, index) => {
    if (index >= end || entry.kind !== "rpc") return false;
    const { method, params } = entry.request;
    if (change.kind === "connect")
      return method === "generatetoaddress" && (entry.response.result as string[]).includes(change.hash);
    // What leaves a block returns to the mempool before the call answers.
    if (change.kind === "disconnect") return method === "invalidateblock" && params[0] === change.hash;
    return method === "invalidateblock" && change.kind === "add" && entries[index + 1]?.kind === "zmq";
  });
  return found === -1 ? undefined : found;
}
