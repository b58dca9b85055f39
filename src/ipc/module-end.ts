import { type SchedulerLike, Subscription } from "rxjs";
import { EngineError } from "../errors.js";
import { CallTable, errorFromWire, errorToWire } from "./call-table.js";
import type { Codec } from "./codec.js";
import { ipcErrors } from "./errors.js";
import { HEADER_BYTES } from "./frame-decoder.js";
import { type Frame, FrameSlab } from "./frame-slab.js";
import { FrameWriter } from "./frame-writer.js";
import { type HandshakeAck, type HandshakeRequest, handshakeAck } from "./handshake.js";
import { messages$ } from "./message-stream.js";
import {
  type DeliveryMessage,
  type HandlerTimings,
  type InvocationKind,
  type LogLevel,
  MESSAGE_KIND,
  type Message,
} from "./messages.js";
import { MAX_HOST_FRAME_BYTES } from "./options.js";
import type { Transport } from "./transport.js";

/** What is told of an error that can't be told whole; the smallest frame holds it. */
const MAX_CODE_CHARS = 64;
const MAX_MESSAGE_CHARS = 150;

export interface ModuleEndDependencies {
  readonly transport: Transport;
  readonly codec: Codec;
  readonly scheduler: SchedulerLike;
  readonly scheduleFlush: (flush: () => void) => void;
}

export interface ModuleEndHandlers {
  onDelivery(delivery: DeliveryMessage): void;
  /** Resolves with the result that is sent back, or throws what the host is told. */
  onInvocation(kind: InvocationKind, payload: unknown): Promise<unknown>;
  /** Called once. `error` is the host's own word when it closed over a fault. */
  onClosed(reason: string, error: EngineError | undefined): void;
}

/**
 * The module's end of one connection. Events and gaps reach the handlers in the order of the wire, each once;
 * answers reach their requests by id, in whatever order the host finishes them.
 * It owns the transport. When it closes, open requests fail with CONNECTION_CLOSED.
 */
export class ModuleEnd {
  readonly #deps: ModuleEndDependencies;
  readonly #handlers: ModuleEndHandlers;
  readonly #writer: FrameWriter;
  readonly #calls: CallTable;
  readonly #reading = new Subscription();
  /** What is sent in one turn lies side by side and leaves in one piece. */
  readonly #slab = new FrameSlab(undefined, (bytes) => this.#tooLarge(bytes));
  #farewell: EngineError | undefined;
  #maxFrameBytes = Number.POSITIVE_INFINITY;
  #isClosed = false;

  constructor(deps: ModuleEndDependencies, handlers: ModuleEndHandlers) {
    this.#deps = deps;
    this.#handlers = handlers;
    this.#writer = new FrameWriter(deps.transport, deps.scheduleFlush);
    this.#calls = new CallTable(deps.scheduler);
    this.#reading.add(
      messages$(deps.transport, deps.codec, {
        maxFrameBytes: MAX_HOST_FRAME_BYTES,
        reservesWhole: true,
      }).subscribe({
        next: (item) => this.#receive(item),
        error: (error: EngineError) => this.#end(error.message, error),
        complete: () => this.#end("the host closed the connection", this.#farewell),
      }),
    );
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** @throws the host's refusal, or DEADLINE, or CONNECTION_CLOSED */
  async handshake(request: HandshakeRequest, timeoutMs: number): Promise<HandshakeAck> {
    const answer = await this.request("Handshake", request, { timeoutMs });
    const parsed = handshakeAck.safeParse(answer);
    if (parsed.success) {
      this.#maxFrameBytes = parsed.data.max_frame_bytes;
      return parsed.data;
    }
    throw ipcErrors.PROTOCOL_ERROR({
      found: "a HandshakeAck that can't be read",
      allowed: "the fields of ipc.md",
    });
  }

  /** @throws the host's refusal, DEADLINE, CONNECTION_CLOSED, or the signal's reason */
  request(
    type: string,
    payload: unknown,
    options: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<unknown> {
    if (this.#isClosed) {
      return Promise.reject(
        this.#farewell ?? ipcErrors.CONNECTION_CLOSED({ reason: "it was closed before the request" }),
      );
    }
    return this.#calls.call(type, options, (id) => this.#send([MESSAGE_KIND.request, id, type, payload]));
  }

  acknowledge(seq: number, timings: HandlerTimings | undefined): void {
    if (this.#isClosed) return;
    const body = timings === undefined ? [MESSAGE_KIND.ack, seq] : [MESSAGE_KIND.ack, seq, timings];
    // At once, not at the end of the turn: the host refills the window while this end works on the rest of its chunk.
    this.#writer.send(this.#frame(body));
  }

  log(level: LogLevel, target: string, message: string, timestampMs: number, fields: object): void {
    this.#send([MESSAGE_KIND.log, level, target, message, timestampMs, fields]);
  }

  /** Bytes wait because the host doesn't read: whoever can drop what it would send, should. */
  get hasDemand(): boolean {
    return this.#writer.hasDemand;
  }

  /** Sends what was appended, then end of stream. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#writer.flush();
    this.#end("this end closed the connection", undefined);
  }

  #receive(item: Message | EngineError): void {
    if (this.#isClosed) return;
    // Only the last word before the end of the stream tells why it ended.
    this.#farewell = undefined;
    if (item instanceof EngineError) {
      this.#end(`the host sent what can't be read: ${item.message}`, item);
      return;
    }
    switch (item.kind) {
      case "event":
      case "gap":
        this.#handlers.onDelivery(item);
        return;
      case "response":
        if (item.id === 0 && !item.outcome.ok) this.#farewell = errorFromWire(item.outcome.error);
        else this.#calls.settle(item.id, item.outcome);
        return;
      case "invocation":
        void this.#serve(item.id, item.invocation, item.payload);
        return;
      case "ping":
        this.#send([MESSAGE_KIND.pong, item.nonce]);
        return;
      case "pong":
      case "request":
      case "log":
      case "invocation_result":
      case "ack":
        return;
      default:
        item satisfies never;
    }
  }

  async #serve(id: number, kind: InvocationKind, payload: unknown): Promise<void> {
    try {
      const result = await this.#handlers.onInvocation(kind, payload);
      this.#send([MESSAGE_KIND.invocationResult, id, true, result ?? null]);
    } catch (cause) {
      // Thrown by whoever serves it, or by the encoder over what it returned.
      const known =
        cause instanceof EngineError
          ? cause
          : ipcErrors.INTERNAL_ERROR({ type: `invocation ${kind}` }, { cause });
      this.#sendError(id, known);
    }
  }

  #sendError(id: number, error: EngineError): void {
    try {
      this.#send([MESSAGE_KIND.invocationResult, id, false, errorToWire(error)]);
    } catch {
      // Whoever served it chose the details and their size: what of them can't be sent must not end the process.
      const code = error.code.slice(0, MAX_CODE_CHARS);
      const message = error.message.slice(0, MAX_MESSAGE_CHARS);
      const { retryable } = error;
      this.#send([MESSAGE_KIND.invocationResult, id, false, { code, message, retryable }]);
    }
  }

  #send(body: readonly unknown[]): void {
    if (!this.#isClosed) this.#writer.append(this.#frame(body));
  }

  #frame(body: readonly unknown[]): Frame {
    const frame = this.#slab.encode(this.#deps.codec, body);
    const bytes = frame.end - frame.start - HEADER_BYTES;
    // Sent all the same, it would cost the connection.
    if (bytes > this.#maxFrameBytes) throw this.#tooLarge(bytes);
    return frame;
  }

  #tooLarge(bytes: number): EngineError {
    return ipcErrors.FRAME_TOO_LARGE({ bytes, limitBytes: this.#maxFrameBytes });
  }

  #end(reason: string, error: EngineError | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#calls.failAll(error?.message ?? reason);
    this.#writer.close();
    this.#reading.unsubscribe();
    this.#deps.transport.end();
    this.#handlers.onClosed(reason, error);
  }
}
