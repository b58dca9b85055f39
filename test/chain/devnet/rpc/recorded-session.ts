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

const url = new URL("../../../fixtures/bitcoin-core/regtest-session.json", import.meta.url);
const { steps } = JSON.parse(readFileSync(url, "utf8")) as { readonly steps: readonly Step[] };

/** What Bitcoin Core 28.1 on regtest was asked, in order. */
export const recordedCalls: readonly RecordedCall[] = steps
  .filter(({ kind }) => kind === "rpc")
  .map(({ request, response }) => ({ ...request, reply: response }));

/** The recorded results of one method. */
export function recordedResults<Result>(method: string): readonly Result[] {
  return recordedCalls
    .filter((call) => call.method === method && call.reply.error === null)
    .map(({ reply }) => reply.result as Result);
}
