import { type EngineError, errorCode, type WireError } from "../../errors.js";
import { type InvocationKind, ipcErrors, isFromPeer } from "../../ipc/index.js";
import { type TraceContext, traceFields } from "../../trace-context.js";
import { inSpan } from "../../tracer.js";
import type { Caller } from "../dependencies.js";
import { nodeApiErrors } from "../errors.js";
import { toJson } from "./json-value.js";

export interface ModuleCall {
  readonly kind: InvocationKind;
  /** What is asked for, as in "method my_status". */
  readonly call: string;
  /** Its name alone. */
  readonly name: string;
  readonly payload: object;
  readonly timeoutMs: number;
  /** Aborted when whoever asked has left; a late answer is dropped. */
  readonly signal?: AbortSignal | undefined;
  /** In whose service it is asked; the module is told. */
  readonly trace?: TraceContext | undefined;
}

const MAX_MESSAGE_CHARS = 4096;
const MAX_DETAILS_BYTES = 64 * 1024;
/** Less than the door takes at a time: a module that never answers leaves room for the others and for the node. */
const MAX_OPEN_CALLS = 16;

const openCalls = new WeakMap<Caller, number>();

/**
 * Asks a module in a person's name and resolves with its answer as it came.
 * @throws MODULE_REFUSED with the module's own error, MODULE_TIMEOUT, MODULE_GONE, LIMIT while 16 such calls of it are open or
 * it leaves too much unread, or the signal's reason
 */
export function askModule(caller: Caller, asked: ModuleCall): Promise<unknown> {
  const { kind, name, trace: parent } = asked;
  const attributes = { "blvm.kind": kind, "blvm.module": caller.moduleName, "blvm.method": name };
  return inSpan({ name: "module_call", kind: "client", parent, attributes }, ({ trace }) =>
    ask(caller, asked, trace),
  );
}

async function ask(caller: Caller, asked: ModuleCall, trace: TraceContext | undefined): Promise<unknown> {
  const { kind, call, timeoutMs, signal } = asked;
  const payload = { ...asked.payload, ...traceFields(trace) };
  const module = caller.moduleName;
  const open = (openCalls.get(caller) ?? 0) + 1;
  if (open > MAX_OPEN_CALLS) {
    const what = `number of unanswered calls of module ${module}`;
    throw ipcErrors.LIMIT({ what, found: open, limit: MAX_OPEN_CALLS }, { retryable: true });
  }
  openCalls.set(caller, open);
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
  } finally {
    openCalls.set(caller, (openCalls.get(caller) ?? 1) - 1);
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
