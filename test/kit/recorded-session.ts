import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export type ZmqTopic = "hashblock" | "rawblock" | "hashtx" | "rawtx" | "sequence";

/** What a node answered to one call. */
export interface RecordedReply {
  readonly result: unknown;
  readonly error: { readonly code: number; readonly message: string } | null;
}

export interface StepEntry {
  readonly kind: "step";
  /** Milliseconds since the recording began. */
  readonly t: number;
  readonly name: string;
}

export interface RpcEntry {
  readonly kind: "rpc";
  readonly t: number;
  readonly request: { readonly method: string; readonly params: readonly unknown[] };
  readonly status: number;
  readonly response: RecordedReply;
}

export interface ZmqEntry {
  readonly kind: "zmq";
  readonly t: number;
  readonly topic: ZmqTopic;
  /** Hex. */
  readonly body: string;
  /** The topic's own counter. */
  readonly sequence: number;
}

/** A call that was made wrongly on purpose. */
export interface HttpEntry {
  readonly kind: "http";
  readonly t: number;
  readonly note: string;
  readonly status: number;
  readonly text: string;
}

export type SessionEntry = StepEntry | RpcEntry | ZmqEntry | HttpEntry;

const folder = new URL("../fixtures/bitcoin-core/", import.meta.url);

/** What a real node answered and published, in its order. */
export function recordedSession(name: "regtest" | "peers"): readonly SessionEntry[] {
  const text = readFileSync(fileURLToPath(new URL(`${name}-session.json`, folder)), "utf8");
  return (JSON.parse(text) as { steps: readonly SessionEntry[] }).steps;
}
