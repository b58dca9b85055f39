import { connect, type Socket } from "node:net";
import { deadline, monotonicScheduler } from "../clock.js";
import { errorCode, errorMessage } from "../errors.js";
import { controlErrors } from "./errors.js";
import { parseMessage, type RequestId, type RpcMessage, requestLine, toEngineError } from "./json-rpc.js";
import { LineSplitter } from "./line-splitter.js";
import { openSocketPath } from "./socket-path.js";
import type { TapItem, TappedStep } from "./tap.js";

export interface CallOptions {
  readonly timeoutMs?: number;
}

/** A command's connection to the running host. */
export interface ControlClient {
  /**
   * Calls a method and returns its result.
   * @throws what the host answered, with the host's own code; CONTROL_CLOSED; CONTROL_TIMEOUT
   */
  call(method: string, params?: unknown, options?: CallOptions): Promise<unknown>;
  /**
   * Events of the named types, of all types when none is named, or what passes a step of a stream, from now on, in order. It is pulled: what the
   * reader leaves unread stays in the host, which drops the newest and says so. Ends when the host closes.
   * One per client, which serves no calls beside it. Breaking off the iteration closes the client.
   */
  tap(types: readonly string[], step?: TappedStep): AsyncIterableIterator<TapItem>;
  close(): void;
  [Symbol.dispose](): void;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** The host is trusted; this only keeps a wrong socket from filling the memory. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
/** Tap items that wait here before the socket is no longer read. */
const MAX_QUEUED_ITEMS = 256;

interface OpenCall {
  readonly method: string;
  settle(message: RpcMessage | undefined): void;
}

/**
 * Connects to the host that runs on a data directory.
 * @throws HOST_NOT_RUNNING, HOST_DOOR_DENIED
 */
export async function connectControl(dataDir: string): Promise<ControlClient> {
  try {
    return new SocketControlClient(await connectSocket(dataDir));
  } catch (cause) {
    if (errorCode(cause) === "EACCES" || errorCode(cause) === "EPERM") {
      throw controlErrors.HOST_DOOR_DENIED({ dataDir, user: `user ${process.getuid?.() ?? "?"}` }, { cause });
    }
    throw controlErrors.HOST_NOT_RUNNING({ dataDir, reason: errorMessage(cause) }, { cause });
  }
}

async function connectSocket(dataDir: string): Promise<Socket> {
  const address = openSocketPath(dataDir);
  const socket = connect(address.path);
  const timer = deadline(monotonicScheduler, CONNECT_TIMEOUT_MS, () =>
    socket.destroy(new Error(`no answer within ${CONNECT_TIMEOUT_MS} ms`)),
  );
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return socket;
  } finally {
    timer.unsubscribe();
    address.close();
  }
}

class SocketControlClient implements ControlClient {
  readonly #socket: Socket;
  readonly #lines = new LineSplitter(MAX_LINE_BYTES);
  readonly #calls = new Map<RequestId, OpenCall>();
  readonly #items: TapItem[] = [];
  #wake: (() => void) | undefined;
  #isClosed = false;
  #lastId = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk) => this.#read(chunk));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#end());
  }

  async call(method: string, params: unknown = {}, { timeoutMs = DEFAULT_TIMEOUT_MS }: CallOptions = {}) {
    this.#lastId++;
    const id = this.#lastId;
    const message = await new Promise<RpcMessage | undefined>((resolve, reject) => {
      if (this.#isClosed) {
        resolve(undefined);
        return;
      }
      const timer = deadline(monotonicScheduler, timeoutMs, () => {
        this.#calls.delete(id);
        reject(controlErrors.CONTROL_TIMEOUT({ method, timeoutMs }));
      });
      const settle = (answer: RpcMessage | undefined) => {
        timer.unsubscribe();
        resolve(answer);
      };
      this.#calls.set(id, { method, settle });
      this.#socket.write(requestLine(id, method, params));
    });
    if (message === undefined) throw controlErrors.CONTROL_CLOSED({ method });
    if ("error" in message) throw toEngineError(message);
    return "result" in message ? message.result : undefined;
  }

  async *tap(types: readonly string[], step?: TappedStep): AsyncIterableIterator<TapItem> {
    try {
      await this.call("tap", step === undefined ? { types } : { step });
      for (;;) {
        const item = this.#items.shift();
        if (item !== undefined) yield item;
        else if (this.#isClosed) return;
        else await this.#nextChange();
      }
    } finally {
      this.close();
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #nextChange(): Promise<void> {
    this.#socket.resume();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #read(chunk: Uint8Array): void {
    const lines = this.#lines.push(chunk);
    if (lines === "too_long") {
      this.#socket.destroy();
      return;
    }
    for (const line of lines) this.#take(parseMessage(line));
    if (this.#items.length >= MAX_QUEUED_ITEMS) this.#socket.pause();
    this.#wake?.();
  }

  #take(message: RpcMessage | undefined): void {
    if (message === undefined) return;
    if ("method" in message) {
      const { method, params } = message;
      if (method === "event") this.#items.push({ kind: "event", event: params } as TapItem);
      if (method === "item") this.#items.push({ kind: "item", ...(params as object) } as TapItem);
      if (method === "dropped") this.#items.push({ kind: "dropped", ...(params as object) } as TapItem);
    } else if (message.id !== null) {
      this.#calls.get(message.id)?.settle(message);
      this.#calls.delete(message.id);
    }
  }

  #end(): void {
    this.#isClosed = true;
    for (const { settle } of this.#calls.values()) settle(undefined);
    this.#calls.clear();
    this.#wake?.();
  }
}
