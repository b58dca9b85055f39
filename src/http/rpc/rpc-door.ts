import type { IncomingMessage, ServerResponse } from "node:http";
import type { SchedulerLike } from "rxjs";
import { withoutStack } from "../../errors.js";
import type { Logger } from "../../log.js";
import type { OfferedMethods } from "../../node-api/index.js";
import { sendAnswer } from "../answer.js";
import { httpErrors } from "../errors.js";
import { isLoopback } from "../host-header.js";
import type { HttpOptions } from "../options.js";
import { requireJson } from "./content-type.js";
import { type CookieFile, writeCookieFile } from "./cookie-file.js";
import { type Credential, createCredential } from "./credential.js";
import { isOwnOrigin } from "./origin.js";
import { readBody } from "./read-body.js";
import { requestTrace } from "./request-trace.js";
import { createRpcDispatcher, type RpcDispatch } from "./rpc-dispatcher.js";
import type { RpcMethods } from "./rpc-method.js";

/** What the host offers by JSON-RPC, and where it keeps the cookie. */
export interface RpcOffer {
  readonly methods: RpcMethods;
  /** What modules offer beside them. */
  readonly offered?: OfferedMethods;
  /** The host's data directory; the caller holds its lock. */
  readonly dataDir: string;
}

/** A block of four million bytes in hex, and the call around it. */
const bodyLimits = { maxBytes: 8_100_000, timeoutMs: 5_000 };
/** Of all bodies that are read or worked on: most are small. */
const MAX_HELD_BYTES = 64_000_000;
/** Requests that are read or run at a time. */
const MAX_OPEN_REQUESTS = 64;
/** A call may be silent for longer than other requests: a module that is loaded takes its time. */
const CALL_MS = 3_600_000;
/** Somebody who guesses gets one line in the log in this time, however often he guesses. */
const WARN_EACH_MS = 10_000;

export interface RpcDoorDependencies extends RpcOffer {
  readonly log: Logger;
  readonly scheduler: SchedulerLike;
}

/**
 * JSON-RPC 2.0 by POST. Whoever calls shows the configured token, or on loopback the cookie that this door writes and
 * takes away again; without either the door stays shut. It owns the cookie file.
 */
export class RpcDoor {
  readonly #deps: RpcDoorDependencies;
  readonly #options: HttpOptions;
  readonly #dispatch: RpcDispatch;
  #credential: Credential | undefined;
  #cookie: CookieFile | undefined;
  #openRequests = 0;
  #heldBytes = 0;
  #warnedAtMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(deps: RpcDoorDependencies, options: HttpOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#dispatch = createRpcDispatcher(deps);
  }

  /** Makes the credential, so that who finds the port open finds the cookie. @throws HTTP_COOKIE_UNWRITABLE */
  async open(): Promise<void> {
    const { host, rpc_token } = this.#options;
    if (rpc_token !== undefined) this.#credential = createCredential("Bearer", rpc_token);
    else if (isLoopback(host)) {
      const cookie = await writeCookieFile(this.#deps.dataDir);
      if (this.#isClosed) return cookie.remove();
      this.#cookie = cookie;
      this.#credential = createCredential("Basic", cookie.secret);
    }
  }

  /** Says in the log how this door is used, or why it is shut. */
  announce(url: string): void {
    const { log } = this.#deps;
    const { host } = this.#options;
    if (this.#cookie !== undefined)
      log.info({}, `JSON-RPC at ${url}/, with the password in ${this.#cookie.path}`);
    else if (this.#credential === undefined) log.warn({}, httpErrors.HTTP_RPC_OFF({ host }).message);
    else if (isLoopback(host)) log.info({}, `JSON-RPC at ${url}/, with the configured token`);
    else {
      log.warn(
        {},
        `JSON-RPC at ${url}/ takes its token over the network unencrypted: put a TLS proxy before it`,
      );
    }
  }

  /** Shuts the door and removes the cookie; calls that run are answered. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#credential = undefined;
    await this.#cookie?.remove();
  }

  /**
   * Answers one POST. Whether it may call is settled before its body is read.
   * @throws HTTP_RPC_OFF, HTTP_ORIGIN_REFUSED, HTTP_UNAUTHORIZED, HTTP_CONTENT_TYPE, HTTP_TOO_MANY_CALLS,
   * HTTP_BODY_TOO_LARGE, HTTP_BODY_TOO_SLOW, HTTP_BODIES_TOO_LARGE; what goes wrong in a call is an answer
   */
  async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#authorise(request);
    requireJson(request.headers);
    if (this.#openRequests >= MAX_OPEN_REQUESTS) {
      throw withoutStack(() =>
        httpErrors.HTTP_TOO_MANY_CALLS({ limit: MAX_OPEN_REQUESTS }, { retryable: true }),
      );
    }
    this.#openRequests++;
    let heldBytes = 0;
    const claim = (bytes: number) => {
      if (this.#heldBytes + bytes > MAX_HELD_BYTES) return false;
      this.#heldBytes += bytes;
      heldBytes += bytes;
      return true;
    };
    try {
      await this.#answer(request, response, claim);
    } finally {
      this.#openRequests--;
      this.#heldBytes -= heldBytes;
    }
  }

  #authorise({ headers, socket }: IncomingMessage): void {
    const { authorization, host, origin } = headers;
    if (!isOwnOrigin(origin, host)) {
      const value = (origin ?? "").slice(0, 200);
      throw withoutStack(() => httpErrors.HTTP_ORIGIN_REFUSED({ header: "Origin", value }));
    }
    const credential = this.#credential;
    if (credential === undefined) {
      throw withoutStack(() => httpErrors.HTTP_RPC_OFF({ host: this.#options.host }));
    }
    const problem = credential.problemOf(authorization);
    if (problem === undefined) return;
    if (authorization !== undefined) this.#warn(problem, socket.remoteAddress);
    throw withoutStack(() => httpErrors.HTTP_UNAUTHORIZED({ found: problem, scheme: credential.scheme }));
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    claim: (bytes: number) => boolean,
  ): Promise<void> {
    const trace = requestTrace(request.headers);
    const body = await readBody(request, { ...bodyLimits, claim }, this.#deps.scheduler);
    if (body === undefined) return;
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    request.socket.setTimeout(CALL_MS);
    const text = await this.#dispatch(body, gone.signal, trace);
    if (text === undefined) sendAnswer(response, { status: 204, contentType: undefined, body: "" });
    else
      sendAnswer(response, {
        status: 200,
        contentType: "application/json; charset=utf-8",
        body: `${text}\n`,
      });
  }

  #warn(problem: string, address: string | undefined): void {
    const nowMs = this.#deps.scheduler.now();
    if (nowMs - this.#warnedAtMs < WARN_EACH_MS) return;
    this.#warnedAtMs = nowMs;
    this.#deps.log.warn({ address, problem }, "a call of JSON-RPC was refused over its Authorization header");
  }
}
