import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { SchedulerLike } from "rxjs";
import { deadline, monotonicScheduler } from "../../clock.js";
import { chainErrors } from "../errors.js";
import { type PostOutcome, post } from "./http-post.js";
import { nodeLogin } from "./node-login.js";
import type { BitcoinCoreOptions } from "./options.js";
import { type RpcCaller, type RpcCallOptions, rpcCodes } from "./rpc-caller.js";

// A node has 4 to 16 threads for calls; one of these connections may wait in a long poll.
const maxConnections = 6;
const maxWaitingCalls = 1000;
// The ids of 1,500,000 transactions, or a full block with everything that Core says of it.
const defaultMaxAnswerBytes = 128_000_000;
const maxQuotedChars = 120;

export interface RpcClient extends RpcCaller {
  /** Ends all calls with CHAIN_SOURCE_CLOSED and closes the connections. Idempotent. */
  close(): void;
}

export interface RpcClientDependencies {
  readonly scheduler?: SchedulerLike;
  /** For tests: a smaller limit than 128 MB. */
  readonly maxAnswerBytes?: number;
}

type RpcClientOptions = Pick<BitcoinCoreOptions, "url" | "cookie_file" | "user" | "password" | "timeout_ms">;

/**
 * Calls a node over HTTP: at most 6 connections, kept alive; at most 1,000 calls at a time, an answer of at most
 * 128 MB, `timeout_ms` for each call. The login is read anew when the node refuses it.
 *
 * Rejects with NODE_RPC_ERROR, or where the node's error means something of its own NODE_WARMING_UP, NODE_METHOD_MISSING,
 * NODE_BLOCK_PRUNED, NODE_TXINDEX_MISSING; with NODE_UNREACHABLE, NODE_CALL_TIMEOUT, NODE_CALLS_EXCEEDED,
 * NODE_LOGIN_REFUSED, NODE_COOKIE_UNREADABLE, NODE_ANSWER_INVALID. No error holds user or password.
 */
export function createRpcClient(dependencies: RpcClientDependencies, options: RpcClientOptions): RpcClient {
  return new Client(dependencies, options);
}

class Client implements RpcClient {
  readonly #scheduler: SchedulerLike;
  readonly #url: URL;
  /** Without a user and password that somebody wrote into the address. */
  readonly #shownUrl: string;
  readonly #timeoutMs: number;
  readonly #maxAnswerBytes: number;
  readonly #login;
  readonly #agent: HttpAgent;
  readonly #closing = new AbortController();
  #waiting = 0;
  #lastId = 0;

  constructor(
    { scheduler = monotonicScheduler, maxAnswerBytes = defaultMaxAnswerBytes }: RpcClientDependencies,
    options: RpcClientOptions,
  ) {
    this.#scheduler = scheduler;
    this.#maxAnswerBytes = maxAnswerBytes;
    this.#url = new URL(options.url);
    this.#url.username = "";
    this.#url.password = "";
    this.#shownUrl = this.#url.href;
    this.#timeoutMs = options.timeout_ms;
    this.#login = nodeLogin(options);
    const agentOptions = { keepAlive: true, maxSockets: maxConnections };
    this.#agent =
      this.#url.protocol === "https:" ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
  }

  async call<T>(method: string, params: readonly unknown[] = [], options: RpcCallOptions = {}): Promise<T> {
    if (this.#closing.signal.aborted) throw this.#closing.signal.reason;
    options.signal?.throwIfAborted();
    if (this.#waiting >= maxWaitingCalls)
      throw chainErrors.NODE_CALLS_EXCEEDED({ waiting: this.#waiting, limit: maxWaitingCalls });
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs;
    const timeout = new AbortController();
    const expired = deadline(this.#scheduler, timeoutMs, () =>
      timeout.abort(chainErrors.NODE_CALL_TIMEOUT({ method, timeoutMs }, { retryable: true })),
    );
    const signals = [this.#closing.signal, timeout.signal];
    if (options.signal !== undefined) signals.push(options.signal);
    const signal = AbortSignal.any(signals);
    this.#waiting += 1;
    try {
      return (await this.#exchange(method, params, signal)) as T;
    } finally {
      this.#waiting -= 1;
      expired.unsubscribe();
    }
  }

  close(): void {
    this.#closing.abort(chainErrors.CHAIN_SOURCE_CLOSED({ source: "bitcoin-core" }));
    this.#agent.destroy();
  }

  async #exchange(method: string, params: readonly unknown[], signal: AbortSignal): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    const body = JSON.stringify({ jsonrpc: "1.0", id, method, params });
    let authorization = await this.#login.header();
    let outcome = await this.#post(body, authorization, signal);
    if (isRefused(outcome) && this.#login.forget()) {
      const other = await this.#login.header();
      if (other !== authorization) {
        authorization = other;
        outcome = await this.#post(body, authorization, signal);
      }
    }
    signal.throwIfAborted();
    const url = this.#shownUrl;
    if (isRefused(outcome)) throw chainErrors.NODE_LOGIN_REFUSED({ url, login: this.#login.description });
    if (outcome.kind === "unreachable")
      throw chainErrors.NODE_UNREACHABLE({ url, reason: outcome.reason }, { retryable: true });
    if (outcome.kind === "spoilt") throw invalid(method, outcome.status, outcome.problem);
    return resultOf(method, id, outcome);
  }

  #post(body: string, authorization: string | undefined, signal: AbortSignal): Promise<PostOutcome> {
    const maxAnswerBytes = this.#maxAnswerBytes;
    return post(this.#url, body, { agent: this.#agent, authorization, maxAnswerBytes, signal });
  }
}

function isRefused(outcome: PostOutcome): boolean {
  return outcome.kind === "answered" && outcome.status === 401;
}

function invalid(method: string, status: number, problem: string) {
  return chainErrors.NODE_ANSWER_INVALID({ method, status, problem }, { retryable: true });
}

function resultOf(method: string, id: number, { status, body }: { status: number; body: string }): unknown {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    throw invalid(method, status, `is no JSON: ${JSON.stringify(body.slice(0, maxQuotedChars))}`);
  }
  if (typeof answer !== "object" || answer === null) throw invalid(method, status, "is no object");
  if ("error" in answer && answer.error !== null) throw nodeError(method, status, answer.error);
  if (!("result" in answer)) throw invalid(method, status, "has neither result nor error");
  if ("id" in answer && answer.id !== id) throw invalid(method, status, "belongs to another call");
  return answer.result;
}

/** What an error of the node means. Its number alone doesn't tell pruned blocks and a missing index: its words do. */
function nodeError(method: string, status: number, error: unknown) {
  const { code, message } = typeof error === "object" && error !== null ? (error as NodeError) : {};
  if (typeof code !== "number") return invalid(method, status, "has an error without a number");
  const details = { rpcCode: code, method, reason: typeof message === "string" ? message : "" };
  if (code === rpcCodes.inWarmUp) return chainErrors.NODE_WARMING_UP(details, { retryable: true });
  if (code === rpcCodes.methodNotFound) return chainErrors.NODE_METHOD_MISSING(details);
  if (code === rpcCodes.miscError && /pruned/i.test(details.reason))
    return chainErrors.NODE_BLOCK_PRUNED(details);
  if (code === rpcCodes.invalidAddressOrKey && /-txindex/.test(details.reason))
    return chainErrors.NODE_TXINDEX_MISSING(details);
  return chainErrors.NODE_RPC_ERROR(details);
}

interface NodeError {
  readonly code?: unknown;
  readonly message?: unknown;
}
