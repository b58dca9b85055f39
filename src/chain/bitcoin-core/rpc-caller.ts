export interface RpcCallOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Instead of the client's own limit, for calls that wait on purpose such as a long poll. */
  readonly timeoutMs?: number;
}

/**
 * One call of a node's JSON-RPC. Calls may overlap and are answered in any order.
 * Resolves with `result` as the node gave it, unchecked.
 * Rejects with NODE_RPC_ERROR where the node itself answered with an error, else with what kept it from answering.
 * @see https://developer.bitcoin.org/reference/rpc/
 */
export interface RpcCaller {
  call<T>(method: string, params?: readonly unknown[], options?: RpcCallOptions): Promise<T>;
}

/** Numbers of Core's errors that callers tell apart. @see Bitcoin Core's src/rpc/protocol.h */
export const rpcCodes = {
  miscError: -1,
  invalidAddressOrKey: -5,
  invalidParameter: -8,
  notConnected: -9,
  inInitialDownload: -10,
  deserialization: -22,
  verifyError: -25,
  verifyRejected: -26,
  alreadyInChain: -27,
  inWarmUp: -28,
  invalidIpOrSubnet: -30,
  methodNotFound: -32601,
} as const;

/** The number in `error` when the node itself answered with an error; undefined for every other failure. */
export function rpcCodeOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  if (typeof error.code !== "string" || !error.code.startsWith("NODE_") || !("details" in error))
    return undefined;
  const { details } = error;
  if (typeof details !== "object" || details === null || !("rpcCode" in details)) return undefined;
  return typeof details.rpcCode === "number" ? details.rpcCode : undefined;
}

/** The node's own words in such an error. */
export function rpcReasonOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("details" in error)) return "";
  const { details } = error;
  if (typeof details !== "object" || details === null || !("reason" in details)) return "";
  return typeof details.reason === "string" ? details.reason : "";
}

/** True when the node understood a call and has nothing to give: a block or transaction that it doesn't have. */
export function isAbsence(error: unknown): boolean {
  const code = rpcCodeOf(error);
  return (
    code === rpcCodes.invalidAddressOrKey || code === rpcCodes.miscError || code === rpcCodes.invalidParameter
  );
}
