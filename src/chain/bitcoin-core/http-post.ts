import {
  type ClientRequest,
  type Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from "node:http";
import { request as httpsRequest } from "node:https";
import { errorCode, errorMessage } from "../../errors.js";

export interface PostOptions {
  readonly agent: HttpAgent;
  readonly authorization: string | undefined;
  readonly maxAnswerBytes: number;
  readonly signal: AbortSignal;
}

export type PostOutcome =
  | { readonly kind: "answered"; readonly status: number; readonly body: string }
  /** The answer came and can't be used. */
  | { readonly kind: "spoilt"; readonly status: number; readonly problem: string }
  | { readonly kind: "unreachable"; readonly reason: string };

/**
 * Posts one body of JSON and reads the whole answer, up to `maxAnswerBytes`. Never rejects; an aborted signal ends
 * it as unreachable. A kept connection that the server closed meanwhile is tried once more on a new one.
 */
export async function post(url: URL, body: string, options: PostOptions): Promise<PostOutcome> {
  const { outcome, wasStale } = await attempt(url, body, options);
  return wasStale && !options.signal.aborted ? (await attempt(url, body, options)).outcome : outcome;
}

interface Attempt {
  readonly outcome: PostOutcome;
  readonly wasStale: boolean;
}

function attempt(url: URL, body: string, options: PostOptions): Promise<Attempt> {
  const { agent, authorization, maxAnswerBytes, signal } = options;
  return new Promise((resolve) => {
    const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, {
      method: "POST",
      agent,
      signal,
      headers: {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        ...(authorization !== undefined && { authorization }),
      },
    });
    request.on("response", (response) => {
      void readAnswer(response, maxAnswerBytes).then((outcome) => resolve({ outcome, wasStale: false }));
    });
    request.on("error", (error) => {
      const outcome: PostOutcome = { kind: "unreachable", reason: reasonOf(error) };
      resolve({ outcome, wasStale: isStale(request, error) });
    });
    request.end(body);
  });
}

function isStale(request: ClientRequest, error: unknown): boolean {
  return request.reusedSocket && ["ECONNRESET", "EPIPE"].includes(errorCode(error) ?? "");
}

/** An address that has several forms fails with one error for all, whose own text is empty. */
function reasonOf(error: unknown): string {
  return errorMessage(error) || (errorCode(error) ?? "the connection failed");
}

async function readAnswer(response: IncomingMessage, maxAnswerBytes: number): Promise<PostOutcome> {
  const status = response.statusCode ?? 0;
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxAnswerBytes) {
        response.destroy();
        return { kind: "spoilt", status, problem: `is larger than ${maxAnswerBytes} bytes` };
      }
      chunks.push(chunk);
    }
  } catch {
    return { kind: "spoilt", status, problem: `ended after ${sizeBytes} bytes, before its end` };
  }
  return { kind: "answered", status, body: Buffer.concat(chunks, sizeBytes).toString("utf8") };
}
