import type { ServerResponse } from "node:http";
import type { EngineError } from "../errors.js";

/** Sent with every answer: nothing here is for other sites, for frames, or for caches. */
const securityHeaders = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
} as const;

export interface Answer {
  readonly status: number;
  /** Undefined where there is no body, not even an empty one. */
  readonly contentType: string | undefined;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, contentType: "application/json; charset=utf-8", body: `${JSON.stringify(value)}\n` };
}

export function errorAnswer(status: number, { code, message }: EngineError): Answer {
  return jsonAnswer(status, { error: { code, message } });
}

/** Writes a whole answer; a HEAD request gets the head alone. */
export function sendAnswer(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, headersOf(answer));
  response.end(answer.body);
}

/** Writes the head of an endless answer and sends it at once. */
export function startStream(response: ServerResponse, contentType: string): void {
  response.writeHead(200, { ...securityHeaders, "Content-Type": contentType });
  response.flushHeaders();
}

/** The headers of an answer, with those that every answer has. */
export function headersOf({ contentType, body, headers = {} }: Answer): Record<string, string | number> {
  const about =
    contentType === undefined
      ? {}
      : { "Content-Type": contentType, "Content-Length": Buffer.byteLength(body) };
  return { ...securityHeaders, ...about, ...headers };
}
