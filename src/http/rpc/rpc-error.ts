import { type EngineError, errorCode, type WireError } from "../../errors.js";

/**
 * JSON-RPC's number for each code that has one of its own; any other refusal of the engine is -32000.
 * @see https://www.jsonrpc.org/specification
 */
export const rpcErrorNumbers = {
  RPC_PARSE_ERROR: -32_700,
  RPC_INVALID_REQUEST: -32_600,
  RPC_METHOD_NOT_FOUND: -32_601,
  RPC_INVALID_PARAMS: -32_602,
  RPC_INTERNAL: -32_603,
  NOT_LOADED: -32_001,
  ALREADY_LOADED: -32_002,
  BUSY: -32_003,
  UNKNOWN_MODULE: -32_004,
  MODULE_START_FAILED: -32_005,
  MANAGER_CLOSED: -32_006,
  NOT_AVAILABLE: -32_007,
} as const;

/** Codes that mean the same to a caller as one of those, or have a number that operators know from Bitcoin Core. */
const sharedNumbers: Readonly<Record<string, number>> = {
  INVALID_PARAMS: rpcErrorNumbers.RPC_INVALID_PARAMS,
  RPC_NO_OVERRIDE: rpcErrorNumbers.NOT_LOADED,
  RPC_NOT_FOUND: -5,
  MODULE_TIMEOUT: rpcErrorNumbers.RPC_INTERNAL,
  MODULE_GONE: rpcErrorNumbers.RPC_INTERNAL,
  MODULE_BAD_RESULT: rpcErrorNumbers.RPC_INTERNAL,
  // What a chain source refuses, in the numbers of Core's src/rpc/protocol.h.
  CHAIN_AMOUNT_INVALID: -3,
  CHAIN_NOT_FOUND: -5,
  CHAIN_ADDRESS_INVALID: -5,
  DEVNET_FUNDS_LOW: -6,
  DEVNET_PAYMENT_INVALID: -6,
  CHAIN_PARAMETER_INVALID: -8,
  CHAIN_SOURCE_CLOSED: -9,
  CHAIN_DECODE_FAILED: -22,
  CHAIN_ALREADY_BANNED: -23,
  CHAIN_INPUTS_MISSING: -25,
  CHAIN_SPEND_TOO_HIGH: -25,
  CHAIN_BLOCK_REJECTED: -25,
  CHAIN_BLOCK_UNMINABLE: -25,
  CHAIN_TRANSACTION_REJECTED: -26,
  CHAIN_ALREADY_CONFIRMED: -27,
  CHAIN_BAN_REFUSED: -30,
};

const numbers = new Map<string, number>(Object.entries({ ...rpcErrorNumbers, ...sharedNumbers }));

const ENGINE_REFUSED = -32_000;
/** A module's own refusal; the code in `data` is the module's, whatever it is called. */
const MODULE_REFUSED = -32_010;

/** The `error` member of an answer. `message` has three parts: what was found, what is allowed, what to do. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data: {
    readonly code: string;
    readonly retryable: boolean;
    readonly details?: unknown;
    /** Who said so, where the code and the message are those of a module. */
    readonly module?: string;
  };
}

/** Whether an unknown thrown value is a refusal that its caller may read; anything else is a fault of the host. */
export function isRefusal(error: unknown): error is EngineError {
  // System errors of Node have a code as well, but don't say whether trying again helps.
  return errorCode(error) !== undefined && "retryable" in (error as object);
}

/** An error as an answer: the engine's code, whether trying again may help, and the details stand in `data`. */
export function toRpcError({ code, message, retryable, details }: EngineError): RpcError {
  if (code === "MODULE_REFUSED") return moduleError(details as ModuleRefusal);
  const number = numbers.get(code) ?? ENGINE_REFUSED;
  return { code: number, message, data: { code, retryable, ...jsonDetails(details) } };
}

interface ModuleRefusal {
  readonly module: string;
  readonly error: WireError;
}

function moduleError({ module, error: { code, message, retryable, details } }: ModuleRefusal): RpcError {
  const number = code === "INVALID_PARAMS" ? rpcErrorNumbers.RPC_INVALID_PARAMS : MODULE_REFUSED;
  return { code: number, message, data: { code, retryable, module, ...jsonDetails(details) } };
}

/** Details that JSON can't hold are left out; the message says what matters. */
function jsonDetails(details: unknown): { readonly details?: unknown } {
  try {
    const text = JSON.stringify(details);
    return text === undefined ? {} : { details: JSON.parse(text) };
  } catch {
    return {};
  }
}
