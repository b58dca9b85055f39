import { randomBytes } from "node:crypto";
import type { OutgoingHttpHeaders } from "node:http";
import { errorCode, errorMessage } from "../../../errors.js";
import { streamErrors } from "../../errors.js";
import type { SinkRuntime } from "../../sink.js";
import { oneLine } from "../one-line.js";
import { wait } from "../wait.js";
import { WebhookConnection } from "./connection.js";
import { DeadLetters } from "./dead-letters.js";
import { askedPauseMs, isTaken, isWorthRetrying, pauseMs, type RetryOptions } from "./retry.js";
import { webhookSignature } from "./signature.js";

/** A receiver, with every secret in its place; never logged. */
export interface Receiver {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly sign?: { readonly secret: string; readonly header: string };
  readonly timeoutMs: number;
  readonly retry: RetryOptions;
  readonly deadLetters?: string;
}

/** How an attempt failed. */
interface Failure {
  readonly reason: string;
  /** The beginning of the answer's body. It may repeat what was sent, secrets too: for the dead letters only. */
  readonly excerpt: string;
  readonly isFinal: boolean;
  readonly askedMs: number;
}

/** Brings items to one receiver, one delivery after another; what is given up goes to the dead letters. */
export class Deliveries {
  readonly #receiver: Receiver;
  readonly #runtime: SinkRuntime;
  readonly #connection: WebhookConnection;
  readonly #deadLetters: DeadLetters;
  readonly #closing = new AbortController();
  readonly #prefix = randomBytes(8).toString("hex");
  #count = 0;

  constructor(receiver: Receiver, runtime: SinkRuntime) {
    this.#receiver = receiver;
    this.#runtime = runtime;
    this.#connection = new WebhookConnection(receiver.url, {
      scheduler: runtime.scheduler,
      timeoutMs: receiver.timeoutMs,
    });
    this.#deadLetters = new DeadLetters(receiver.deadLetters, runtime);
  }

  /** Resolves when the receiver took the body. @throws WEBHOOK_FAILED when it was given up */
  deliver(body: string, items: readonly string[]): Promise<void> {
    return this.#deliver(Buffer.from(body), items);
  }

  /** Gives up an item that is never sent. */
  async refuse(reason: string): Promise<void> {
    await this.#deadLetters.write({ delivery: this.#nextId(), reason, attempts: 0, items: [], count: 1 });
  }

  /** Ends pauses and requests: whatever is not yet taken is given up. */
  giveUp(): void {
    this.#closing.abort();
  }

  /** Frees the connection and the file; nothing may be on its way. */
  async close(): Promise<void> {
    this.#connection.close();
    await this.#deadLetters.close();
  }

  async #deliver(body: Buffer, items: readonly string[]): Promise<void> {
    const { retry, url } = this.#receiver;
    const { scheduler, counters } = this.#runtime;
    const delivery = this.#nextId();
    for (let attempt = 1; ; attempt++) {
      const failure = await this.#attempt(delivery, attempt, body);
      if (failure === undefined) return;
      if (!failure.isFinal && attempt < retry.attempts && !this.#closing.signal.aborted) {
        await wait(scheduler, pauseMs(attempt, retry, Math.random(), failure.askedMs), this.#closing.signal);
        if (!this.#closing.signal.aborted) {
          counters.retries++;
          continue;
        }
      }
      const said = failure.excerpt === "" ? "" : ` (${failure.excerpt})`;
      const end = this.#closing.signal.aborted ? "; its stream was closed" : "";
      const reason = `${failure.reason}${said}${end}`;
      await this.#deadLetters.write({ delivery, reason, attempts: attempt, items, count: items.length });
      throw streamErrors.WEBHOOK_FAILED({ receiver: url.origin, attempts: attempt, reason: failure.reason });
    }
  }

  async #attempt(delivery: string, attempt: number, body: Buffer): Promise<Failure | undefined> {
    try {
      const { status, retryAfter, excerpt } = await this.#connection.send(
        { method: this.#receiver.method, headers: this.#headers(delivery, attempt, body), body },
        this.#closing.signal,
      );
      if (isTaken(status)) return undefined;
      const isRedirect = status >= 300 && status < 400;
      return {
        reason: `it answered ${status}${isRedirect ? ", a redirect, which is not followed" : ""}`,
        excerpt,
        isFinal: !isWorthRetrying(status),
        askedMs: askedPauseMs(retryAfter, Date.now()),
      };
    } catch (error) {
      const reason = oneLine(errorCode(error) ?? errorMessage(error));
      return { reason, excerpt: "", isFinal: false, askedMs: 0 };
    }
  }

  #headers(delivery: string, attempt: number, body: Buffer): OutgoingHttpHeaders {
    const { headers, sign } = this.#receiver;
    return {
      "User-Agent": "blvm-streams",
      ...headers,
      "Content-Type": "application/json",
      "Content-Length": body.length,
      "X-Blvm-Stream": this.#runtime.streamName,
      "X-Blvm-Delivery": delivery,
      "X-Blvm-Attempt": attempt,
      ...(sign && { [sign.header]: webhookSignature(sign.secret, { nowMs: Date.now(), delivery, body }) }),
    };
  }

  #nextId(): string {
    this.#count++;
    return `${this.#prefix}-${this.#count}`;
  }
}
