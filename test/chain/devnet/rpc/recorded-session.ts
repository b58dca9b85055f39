import { readFileSync } from "node:fs";

interface Reply {
  readonly result: unknown;
  readonly error: { readonly code: number; readonly message: string } | null;
}

/** A call as a real node answered it. */
export interface RecordedCall {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly reply: Reply;
}

interface Step {
  readonly kind: string;
  readonly request: { readonly method: string; readonly params: readonly unknown[] };
  readonly response: Reply;
}

function stepsOf(file: string): readonly Step[] {
  const url = new URL(`../../../fixtures/bitcoin-core/${file}`, import.meta.url);
  return (JSON.parse(readFileSync(url, "utf8")) as { readonly steps: readonly Step[] }).steps;
}

/** What Bitcoin Core 28.1 on regtest was asked, in order. */
export const recordedCalls: readonly RecordedCall[] = stepsOf("regtest-session.json")
  .filter(({ kind }) => kind === "rpc")
  .map(({ request, response }) => ({ ...request, reply: response }));

/** The recorded results of one method. */
export function recordedResults<Result>(method: string): readonly Result[] {
  return recordedCalls
    .filter((call) => call.method === method && call.reply.error === null)
    .map(({ reply }) => reply.result as Result);
}

/** The first entry of a list of peers or bans that a real node told. */
export function recordedPeers(method: "getpeerinfo" | "listbanned"): object {
  const lists = stepsOf("peers-session.json")
    .filter(({ kind, request }) => kind === "rpc" && request.method === method)
    .map(({ response }) => response.result as readonly object[]);
  return lists.find((list) => list.length > 0)?.[0] ?? {};
}
