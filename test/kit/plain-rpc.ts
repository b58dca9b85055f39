import type { RpcCaller } from "../../src/chain/bitcoin-core/rpc-caller.js";
import { chainErrors } from "../../src/chain/errors.js";

export interface PlainAnswer {
  readonly status: number;
  readonly text: string;
}

interface Login {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/** Posts a body and returns what came, with no judgement. */
export async function post(
  { url, user, password }: Login,
  body: string,
  signal: AbortSignal | null = null,
): Promise<PlainAnswer> {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  const response = await fetch(url, { method: "POST", headers: { authorization }, body, signal });
  return { status: response.status, text: await response.text() };
}

/** The plainest RPC client: one call, one request, no second try. */
export function plainRpc(login: Login): RpcCaller {
  return {
    async call<T>(
      method: string,
      params: readonly unknown[] = [],
      { signal }: { signal?: AbortSignal } = {},
    ) {
      const { text } = await post(login, JSON.stringify({ id: 1, method, params }), signal ?? null);
      const { result, error } = JSON.parse(text) as {
        result: T;
        error: { code: number; message: string } | null;
      };
      if (error === null) return result;
      throw chainErrors.NODE_RPC_ERROR({ method, rpcCode: error.code, reason: error.message });
    },
  };
}
