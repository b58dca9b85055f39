import { Agent as HttpAgent, request as httpRequest, type OutgoingHttpHeaders } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { SchedulerLike } from "rxjs";
import { deadline } from "../../../clock.js";
import { oneLine } from "../one-line.js";

/** What of an answer's body is read, and for how long, before its connection is given up. */
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_ANSWER_MS = 1000;
const EXCERPT_CHARS = 200;

export interface WebhookAnswer {
  readonly status: number;
  readonly retryAfter?: string;
  /** The beginning of the body, on one line. */
  readonly excerpt: string;
}

export interface WebhookRequest {
  readonly method: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/**
 * One connection to a receiver, kept open from request to request, one request at a time. Redirects are answers like any
 * other: nothing is ever sent elsewhere. The body of an answer is read for the connection's sake only, {@link MAX_ANSWER_BYTES}
 * of it and no longer than {@link MAX_ANSWER_MS}.
 */
export class WebhookConnection {
  readonly #url: URL;
  readonly #scheduler: SchedulerLike;
  readonly #timeoutMs: number;
  readonly #agent: HttpAgent;

  constructor(
    url: URL,
    { scheduler, timeoutMs }: { readonly scheduler: SchedulerLike; readonly timeoutMs: number },
  ) {
    this.#url = url;
    this.#scheduler = scheduler;
    this.#timeoutMs = timeoutMs;
    const options = { keepAlive: true, maxSockets: 1, maxFreeSockets: 1 };
    this.#agent = url.protocol === "https:" ? new HttpsAgent(options) : new HttpAgent(options);
  }

  /**
   * Resolves when the answer's status is there and its body was read or given up.
   * Rejects when there is no answer within the timeout, when the connection breaks, and when the signal ends.
   */
  send({ method, headers, body }: WebhookRequest, signal: AbortSignal): Promise<WebhookAnswer> {
    return new Promise((resolve, reject) => {
      const start = this.#url.protocol === "https:" ? httpsRequest : httpRequest;
      const request = start(this.#url, { agent: this.#agent, method, headers, signal });
      const timer = deadline(this.#scheduler, this.#timeoutMs, () =>
        request.destroy(new Error(`no answer within ${this.#timeoutMs} ms`)),
      );
      request.on("error", (error) => {
        timer.unsubscribe();
        reject(error);
      });
      // Another protocol was never asked for. Without this the request would end without a word.
      request.on("upgrade", (response, socket) => {
        timer.unsubscribe();
        socket.destroy();
        resolve({ status: response.statusCode ?? 0, excerpt: "" });
      });
      let hasAnswer = false;
      request.on("close", () => {
        if (hasAnswer) return;
        timer.unsubscribe();
        reject(new Error("the connection ended without an answer"));
      });
      request.on("response", (response) => {
        hasAnswer = true;
        timer.unsubscribe();
        let bytes = 0;
        let excerpt = "";
        const finish = () => {
          longest.unsubscribe();
          if (!response.complete) response.destroy();
          const { "retry-after": retryAfter } = response.headers;
          resolve({
            status: response.statusCode ?? 0,
            excerpt: oneLine(excerpt.slice(0, EXCERPT_CHARS)),
            ...(retryAfter !== undefined && { retryAfter }),
          });
        };
        const longest = this.#scheduler.schedule(finish, MAX_ANSWER_MS);
        response.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          if (excerpt.length < EXCERPT_CHARS) excerpt += chunk.toString("utf8", 0, 4 * EXCERPT_CHARS);
          if (bytes > MAX_ANSWER_BYTES) finish();
        });
        for (const end of ["end", "error", "close"]) response.on(end, finish);
      });
      request.end(body);
    });
  }

  /** Ends what is on its way. */
  close(): void {
    this.#agent.destroy();
  }
}
