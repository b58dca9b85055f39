import { z } from "zod";
import type { EngineError } from "../../errors.js";
import { rpcErrors } from "../errors.js";
import { readStrictJson } from "./strict-json.js";

/** Requests that one body may hold. */
const MAX_BATCH_REQUESTS = 100;

/** As long as a module's method may be called. */
const MAX_METHOD_CHARS = 128;

const requestId = z.union([z.int(), z.string().max(100), z.null()]);
export type RpcId = z.output<typeof requestId>;

const request = z.object({
  jsonrpc: z.literal("2.0"),
  id: requestId.optional(),
  method: z.string().max(MAX_METHOD_CHARS),
  params: z.custom<object>((value) => typeof value === "object" && value !== null).optional(),
});

/** One request as it came: a call, a notification (a call without id), or what is neither. */
export type RpcRequest =
  | {
      readonly kind: "call";
      readonly id: RpcId | undefined;
      readonly method: string;
      readonly params: object | undefined;
    }
  | { readonly kind: "fault"; readonly id: RpcId; readonly error: EngineError };

export interface RpcBody {
  /** Answers come as a list when requests do. */
  readonly isBatch: boolean;
  readonly requests: readonly RpcRequest[];
}

/** Reads the body of a POST; a fault in the whole body is one request of kind "fault". Never throws. */
export function readRpcBody(bytes: Uint8Array): RpcBody {
  const reading = readStrictJson(bytes);
  if ("problem" in reading) return whole(rpcErrors.RPC_PARSE_ERROR({ problem: reading.problem }));
  const { value } = reading;
  if (!Array.isArray(value)) return { isBatch: false, requests: [readRequest(value)] };
  if (value.length === 0 || value.length > MAX_BATCH_REQUESTS) {
    const problem = `the list holds ${value.length} requests`;
    return whole(
      rpcErrors.RPC_INVALID_REQUEST({
        problem,
        allowed: `one request, or a list of 1 to ${MAX_BATCH_REQUESTS}`,
      }),
    );
  }
  return { isBatch: true, requests: value.map(readRequest) };
}

function whole(error: EngineError): RpcBody {
  return { isBatch: false, requests: [{ kind: "fault", id: null, error }] };
}

const allowedIn: Readonly<Record<string, string>> = {
  jsonrpc: 'jsonrpc: "2.0"',
  id: "as id a whole number within 2^53, a text of up to 100 characters, or null",
  method: `as method a text of up to ${MAX_METHOD_CHARS} characters`,
  params: "as params an object or a list",
};

function readRequest(value: unknown): RpcRequest {
  const parsed = request.safeParse(value);
  if (parsed.success) {
    const { id, method, params } = parsed.data;
    return { kind: "call", id, method, params };
  }
  const member = String(parsed.error.issues[0]?.path[0] ?? "");
  const allowed = allowedIn[member] ?? "an object with jsonrpc, method and mostly id and params";
  const problem = member === "" ? "the request is no object" : `${member} is missing or wrong`;
  const error = rpcErrors.RPC_INVALID_REQUEST({ problem, allowed });
  return { kind: "fault", id: idOf(value), error };
}

/** The id of a request that is wrong elsewhere. */
function idOf(value: unknown): RpcId {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, "id")) return null;
  return requestId.safeParse((value as { readonly id: unknown }).id).data ?? null;
}
