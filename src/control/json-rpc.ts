import { z } from "zod";
import { EngineError, errorCode, errorMessage } from "../errors.js";
import { controlErrors } from "./errors.js";

export const requestId = z.union([z.int(), z.string().max(100)]);
export type RequestId = z.output<typeof requestId>;

const request = z.object({
  jsonrpc: z.literal("2.0"),
  /** Absent in a notification, which gets no answer. */
  id: requestId.optional(),
  method: z.string().max(100),
  params: z.unknown().optional(),
});
export type RpcRequest = z.output<typeof request>;

const message = z.union([
  z.object({ id: requestId, result: z.unknown() }).refine((value) => "result" in value),
  z.object({
    id: requestId.nullable(),
    error: z.object({
      message: z.string(),
      data: z.object({ code: z.string(), details: z.unknown().optional(), retryable: z.boolean() }),
    }),
  }),
  z.object({ method: z.string(), params: z.unknown() }),
]);
/** What a client receives: a result, an error, or a notification. */
export type RpcMessage = z.output<typeof message>;

/** Numbers that JSON-RPC gives a meaning; what else fails is a server error. */
const numbers: Readonly<Record<string, number>> = {
  CONTROL_BAD_REQUEST: -32_600,
  CONTROL_LINE_TOO_LONG: -32_600,
  CONTROL_UNKNOWN_METHOD: -32_601,
  CONTROL_INVALID_PARAMS: -32_602,
};
const SERVER_ERROR = -32_000;

/** @throws CONTROL_BAD_REQUEST */
export function parseRequest(line: string): RpcRequest {
  const json = parseJson(line);
  if (json === undefined) throw controlErrors.CONTROL_BAD_REQUEST({ problem: "the line is no JSON" });
  const parsed = request.safeParse(json);
  if (parsed.success) return parsed.data;
  throw controlErrors.CONTROL_BAD_REQUEST({ problem: "the line is no request" });
}

/** A line from the host, or undefined when it is none that a client knows. */
export function parseMessage(line: string): RpcMessage | undefined {
  return message.safeParse(parseJson(line)).data;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

export function requestLine(id: RequestId, method: string, params: unknown): string {
  return `${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`;
}

export function resultLine(id: RequestId, result: unknown): string {
  return `${JSON.stringify({ jsonrpc: "2.0", id, result: result ?? null })}\n`;
}

export function notificationLine(method: string, params: unknown): string {
  return `${JSON.stringify({ jsonrpc: "2.0", method, params })}\n`;
}

/** An error as an answer: the engine's code stands in `data.code`. */
export function errorLine(id: RequestId | null, method: string, error: unknown): string {
  const known = errorCode(error) === undefined ? failed(method, error) : (error as EngineError);
  const { code, message: text, details, retryable = false } = known;
  const head = { code: numbers[code] ?? SERVER_ERROR, message: text };
  try {
    return `${JSON.stringify({ jsonrpc: "2.0", id, error: { ...head, data: { code, details, retryable } } })}\n`;
  } catch {
    // Details that JSON can't hold are for the log; the message says what matters.
    return `${JSON.stringify({ jsonrpc: "2.0", id, error: { ...head, data: { code, retryable } } })}\n`;
  }
}

function failed(method: string, error: unknown) {
  return controlErrors.CONTROL_FAILED({ method, reason: errorMessage(error) }, { cause: error });
}

/** The error that an answer carries, as the host's own code would have thrown it. */
export function toEngineError({ error }: Extract<RpcMessage, { error: object }>): EngineError {
  const { code, details, retryable } = error.data;
  return new EngineError(code, error.message, details, { retryable });
}
