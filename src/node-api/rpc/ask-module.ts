import { type EngineError, errorCode, type WireError } from "../../errors.js";
import { type InvocationKind, isFromPeer } from "../../ipc/index.js";
import type { Caller } from "../dependencies.js";
import { nodeApiErrors } from "../errors.js";
import { toJson } from "./json-value.js";

export interface ModuleCall {
  readonly kind: InvocationKind;
  /** What is asked for, as in "method my_status". */
  readonly call: string;
  readonly payload: unknown;
  readonly timeoutMs: number;
  /** Aborted when whoever asked has left; a late answer is dropped. */
  readonly signal?: AbortSignal | undefined;
}

const MAX_MESSAGE_CHARS = 4096;
const MAX_DETAILS_BYTES = 64 * 1024;

/**
 * Asks a module in a person's name and resolves with its answer as it came.
 * @throws MODULE_REFUSED with the module's own error, MODULE_TIMEOUT, MODULE_GONE, LIMIT while the module leaves too much
 * unread, or the signal's reason
 */
export async function askModule(caller: Caller, asked: ModuleCall): Promise<unknown> {
  const { kind, call, payload, timeoutMs, signal } = asked;
  const module = caller.moduleName;
  try {
    return await caller.invoke(kind, payload, timeoutMs, signal);
  } catch (cause) {
    // A module may use any code, also those of its connection: what its own call of the node was refused with.
    if (isFromPeer(cause)) {
      const error = passedOn(cause);
      throw nodeApiErrors.MODULE_REFUSED({ module, call, error }, { cause, retryable: error.retryable });
    }
    switch (errorCode(cause)) {
      case "DEADLINE":
        throw nodeApiErrors.MODULE_TIMEOUT({ module, call, timeoutMs }, { cause, retryable: true });
      case "CONNECTION_CLOSED":
        throw nodeApiErrors.MODULE_GONE({ module, call }, { cause, retryable: true });
      default:
        throw cause;
    }
  }
}

/** A stranger's error, as large as one may be. */
function passedOn({ code, message, details, retryable }: EngineError): WireError {
  const error = {
    code: String(code).slice(0, 128),
    message: String(message).slice(0, MAX_MESSAGE_CHARS),
    retryable: retryable === true,
  };
  const json = details === undefined ? undefined : toJson(details, MAX_DETAILS_BYTES);
  return json === undefined || "problem" in json ? error : { ...error, details: json.value };
}
