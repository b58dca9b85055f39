import { type SchedulerLike, Subscription } from "rxjs";
import { deadline } from "../clock.js";
import { EngineError } from "../errors.js";
import type { Logger } from "../log.js";
import { CallTable, errorToWire } from "./call-table.js";
import type { Codec } from "./codec.js";
import { ipcErrors } from "./errors.js";
import { type Frame, FrameSlab } from "./frame-slab.js";
import { FrameWriter } from "./frame-writer.js";
import { type HandshakeAck, type HandshakeRequest, handshakeRequest } from "./handshake.js";
import type { CloseReason, HostEndHandlers } from "./host-end-handlers.js";
import { IncomingRequests } from "./incoming-requests.js";
import { Liveness } from "./liveness.js";
import { messages$ } from "./message-stream.js";
import { type InvocationKind, MESSAGE_KIND, type Message, type Outcome } from "./messages.js";
import type { ModuleTraffic } from "./module-traffic.js";
import { type IpcOptions, MAX_HOST_FRAME_BYTES } from "./options.js";
import { ackBeyondSent, leftUnread, secondHandshake } from "./protocol-faults.js";
import { TrafficBooks } from "./traffic-books.js";
import type { Transport } from "./transport.js";

/** Above this no further request is served; as many bytes of refusals beyond that end the connection. */
const MAX_UNREAD_ANSWER_BYTES = 4 * 1024 * 1024;
/**
 * Above this an answer is refused. What is made here never gets there: four large answers at most join what waits, but
 * other modules answer calls with whole frames, to each open request.
 */
const MAX_WAITING_ANSWER_BYTES = MAX_UNREAD_ANSWER_BYTES + 4 * MAX_HOST_FRAME_BYTES;
/** An answer of so much data is sent from where it lies. */
const BORROWED_BYTES = 16 * 1024;
/** Above this an invocation is refused: whoever asks could fill the memory through a module that doesn't read. */
const MAX_UNREAD_INVOCATION_BYTES = 16 * 1024 * 1024;
const MAX_BODY_FAULTS = 3;
const MAX_PROTOCOL_FAULTS = 100;

export interface HostEndDependencies {
  readonly transport: Transport;
  readonly codec: Codec;
  readonly scheduler: SchedulerLike;
  /** Runs the next write; one call per turn of the event loop makes one write per turn. */
  readonly scheduleFlush: (flush: () => void) => void;
  readonly log: Logger;
  /** Whether the peer's process is stopped by a signal: then it can't finish a frame, and is not blamed. */
  readonly isPeerStopped?: () => boolean;
  /** Where it is counted what goes over this connection; absent: nowhere. */
  readonly traffic?: ModuleTraffic;
}

/** Who may pass the door, and what serves those who passed. */
export interface Greeter {
  /** The answer to a handshake, or the error that refuses it. */
  verify(handshake: HandshakeRequest): HandshakeAck | EngineError;
  /** Called once, before the answer is sent. */
  opened(end: HostEnd, ack: HandshakeAck): HostEndHandlers;
  /** Called when the connection ends without a valid handshake. */
  turnedAway(reason: CloseReason): void;
}

/**
 * The host's end of one connection, from accept to close: handshake, requests, acknowledgements, logs, heartbeat,
 * invocations, and the faults of ipc.md with their answers. It is also the sink of the module's event pipeline.
 *
 * It owns the transport. It ends at the peer's end of stream, at a closing fault, or by {@link close}; `onClosed`
 * (or `turnedAway`) is then called once, at once, and open invocations fail.
 */
export class HostEnd {
  readonly #deps: HostEndDependencies;
  readonly #options: IpcOptions;
  readonly #greeter: Greeter;
  readonly #writer: FrameWriter;
  readonly #calls: CallTable;
  readonly #requests: IncomingRequests;
  readonly #liveness: Liveness;
  readonly #reading = new Subscription();
  readonly #slab = new FrameSlab();
  readonly #traffic: ModuleTraffic;
  #handlers: HostEndHandlers | undefined;
  #handshakeTimer: Subscription | undefined;
  #frameTimer: Subscription | undefined;
  #partialBytes = 0;
  /** Of the message that is being received. */
  #bodyBytes = 0;
  #unreadRefusalBytes = 0;
  #bodyFaults = 0;
  #protocolFaults = 0;
  #isClosed = false;

  constructor(
    deps: HostEndDependencies,
    options: IpcOptions,
    greeter: Greeter,
    clockStartsAt: "accept" | "first byte",
  ) {
    this.#deps = deps;
    this.#options = options;
    this.#greeter = greeter;
    const { traffic = new TrafficBooks().of("") } = deps;
    this.#traffic = traffic;
    this.#writer = new FrameWriter(deps.transport, deps.scheduleFlush);
    this.#writer.hooks.onBatch = (frames, bytes) => traffic.noteWritten(frames, bytes);
    this.#calls = new CallTable(deps.scheduler);
    this.#requests = new IncomingRequests(
      options,
      (request) => this.#handlers?.onRequest(request),
      (id, outcome) => this.#answer(id, outcome),
      {
        onRefused: (type, code) => {
          traffic.noteRefused(type);
          this.#handlers?.onRefused(type, code);
        },
        onOpen: (change) => traffic.noteOpen(change),
        onAnswered: (type, outcome, arrivedAtMs) =>
          traffic.noteAnswered(type, outcome, deps.scheduler.now() - arrivedAtMs),
        onFailure: (type, cause) => deps.log.error({ type, err: cause }, "a request handler failed"),
        hasRoom: () => this.#writer.waitingAnswerBytes <= MAX_UNREAD_ANSWER_BYTES,
      },
    );
    this.#liveness = new Liveness(deps.scheduler, options.heartbeat_ms, {
      // A peer that doesn't read gets no further pings: they would pile up here, a small object for each.
      sendPing: (nonce) =>
        this.#writer.isDrained && this.#writer.append(this.#frame([MESSAGE_KIND.ping, nonce])),
      onChange: (isResponsive, silentMs) => this.#handlers?.onLiveness(isResponsive, silentMs),
    });
    if (clockStartsAt === "accept") this.#startHandshakeClock();
    this.#reading.add(
      messages$(deps.transport, deps.codec, {
        maxFrameBytes: options.max_frame_bytes,
        onBytes: (bytes) => {
          traffic.rxBytes += bytes;
          if (this.#handlers === undefined) this.#startHandshakeClock();
        },
        onBody: (bytes) => {
          traffic.rxFrames++;
          this.#bodyBytes = bytes;
        },
        onBadBody: (kind) => traffic.noteBadBody(kind),
        onPartial: (partialBytes) => this.#watchFrame(partialBytes),
      }).subscribe({
        next: (item) => this.#receive(item),
        error: (error: EngineError) => this.#closeOver(error),
        complete: () => {
          this.#end({ text: "the peer closed the connection" });
          deps.transport.destroy();
        },
      }),
    );
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get hasDemand(): boolean {
    return this.#writer.hasDemand;
  }

  /** False while the module leaves unread what it was sent in earlier turns. */
  get isDrained(): boolean {
    return this.#writer.isDrained;
  }

  sendEvent(frame: Frame, seq: number, events = 1): void {
    this.#writer.appendEvent(frame, seq, events);
  }

  sendGap(gap: { fromSeq: number; toSeq: number; count: number; reason: string }): void {
    this.#writer.append(this.#frame([MESSAGE_KIND.gap, gap.fromSeq, gap.toSeq, gap.count, gap.reason]));
  }

  requestFlush(): void {
    this.#writer.requestFlush();
  }

  /**
   * Asks the module for something and resolves with its answer.
   * @throws DEADLINE, CONNECTION_CLOSED, LIMIT while it leaves 16 MiB unread, what its writes cost included, or the
   * module's own error ({@link isFromPeer})
   */
  invoke(kind: InvocationKind, payload: unknown, timeoutMs: number, signal?: AbortSignal): Promise<unknown> {
    if (this.#isClosed)
      return Promise.reject(ipcErrors.CONNECTION_CLOSED({ reason: "it was closed before the call" }));
    const unread = this.#writer.heldBytes;
    // A stop is due once, and the sooner the better.
    if (unread > MAX_UNREAD_INVOCATION_BYTES && kind !== "stop") {
      return Promise.reject(leftUnread(unread, MAX_UNREAD_INVOCATION_BYTES));
    }
    return this.#calls.call(kind, { timeoutMs, signal }, (id) =>
      this.#writer.append(this.#frame([MESSAGE_KIND.invocation, id, kind, payload])),
    );
  }

  /** Ends the connection from this side: what was appended is sent, then end of stream. Idempotent. */
  close(text: string): void {
    if (this.#isClosed) return;
    this.#writer.flush();
    this.#end({ text });
  }

  #receive(item: Message | EngineError): void {
    if (this.#isClosed) return;
    this.#frameTimer?.unsubscribe();
    this.#frameTimer = undefined;
    this.#partialBytes = 0;
    this.#liveness.noteFrame();
    if (this.#handlers === undefined) this.#greet(item);
    else if (item instanceof EngineError) this.#noteBodyFault(item);
    else this.#dispatch(item, this.#handlers);
  }

  #greet(item: Message | EngineError): void {
    if (item instanceof EngineError)
      return this.#closeOver(ipcErrors.BAD_HANDSHAKE({ found: "no message of the protocol" }));
    if (item.kind !== "request")
      return this.#closeOver(ipcErrors.BAD_HANDSHAKE({ found: `a message of kind ${item.kind}` }));
    if (item.type !== "Handshake")
      return this.#closeOver(ipcErrors.NOT_READY({ type: item.type.slice(0, 64) }), item.id);
    const parsed = handshakeRequest.safeParse(item.payload);
    if (!parsed.success) {
      const field = parsed.error.issues[0]?.path.join(".") ?? "";
      return this.#closeOver(
        ipcErrors.BAD_HANDSHAKE({ found: `a Handshake whose field "${field}" is missing or wrong` }),
        item.id,
      );
    }
    const verdict = this.#greeter.verify(parsed.data);
    if (verdict instanceof EngineError) return this.#closeOver(verdict, item.id);
    this.#handshakeTimer?.unsubscribe();
    const handlers = this.#traffic.counting(this.#greeter.opened(this, verdict));
    this.#handlers = handlers;
    this.#writer.hooks.beforeMessage = () => handlers.beforeMessage();
    this.#writer.hooks.beforeFlush = () => handlers.beforeFlush();
    this.#writer.hooks.afterWrite = (lastSeq) => {
      handlers.afterWrite(lastSeq);
      this.#requests.resume();
    };
    this.#answer(item.id, { ok: true, payload: verdict });
    this.#liveness.start();
  }

  #dispatch(message: Message, handlers: HostEndHandlers): void {
    switch (message.kind) {
      case "request":
        if (message.type === "Handshake") this.#closeOver(secondHandshake(), message.id);
        else {
          const { id, type, payload } = message;
          this.#requests.take(id, type, payload, this.#deps.scheduler.now(), this.#bodyBytes);
        }
        return;
      case "ack":
        if (!handlers.onAck(message.seq, message.timings)) this.#closeOver(ackBeyondSent(message.seq));
        return;
      case "log":
        handlers.onLog(message);
        return;
      case "invocation_result":
        if (!this.#calls.settle(message.id, message.outcome)) {
          this.#noteProtocolFault(`the result of invocation ${message.id}, which is not open`);
        }
        return;
      case "ping":
        this.#appendRefusal([MESSAGE_KIND.pong, message.nonce]);
        return;
      case "pong":
        this.#traffic.noteHeartbeat(this.#liveness.notePong(message.nonce));
        return;
      case "response":
      case "event":
      case "invocation":
      case "gap":
        this.#noteProtocolFault(`a message of kind ${message.kind} from a module`);
        return;
      default:
        message satisfies never;
    }
  }

  #noteBodyFault(error: EngineError): void {
    this.#bodyFaults++;
    if (this.#bodyFaults >= MAX_BODY_FAULTS) this.#closeOver(error);
    else this.#answerFault(error);
  }

  #answerFault(error: EngineError): void {
    this.#traffic.noteError(error.code);
    this.#answer(0, { ok: false, error: errorToWire(error) });
  }

  #noteProtocolFault(found: string): void {
    this.#protocolFaults++;
    const error = ipcErrors.PROTOCOL_ERROR({
      found,
      allowed: "requests, logs, results, acknowledgements, pings, pongs",
    });
    if (this.#protocolFaults >= MAX_PROTOCOL_FAULTS) this.#closeOver(error);
    else this.#answerFault(error);
  }

  #answer(id: number, outcome: Outcome): void {
    if (outcome.ok) {
      try {
        const waiting = this.#writer.waitingAnswerBytes;
        if (waiting > MAX_WAITING_ANSWER_BYTES) throw leftUnread(waiting, MAX_WAITING_ANSWER_BYTES);
        this.#appendPayload([MESSAGE_KIND.response, id, true], outcome.payload ?? null);
      } catch (cause) {
        const error =
          cause instanceof EngineError ? cause : ipcErrors.INTERNAL_ERROR({ type: "a request" }, { cause });
        if (!(cause instanceof EngineError))
          this.#deps.log.error({ err: cause }, "an answer can't be encoded");
        this.#appendRefusal([MESSAGE_KIND.response, id, false, errorToWire(error)]);
      }
    } else this.#appendRefusal([MESSAGE_KIND.response, id, false, outcome.error]);
  }

  #appendPayload(items: readonly unknown[], payload: unknown): void {
    const { codec } = this.#deps;
    if (payload instanceof Uint8Array && payload.length >= BORROWED_BYTES) {
      for (const frame of this.#slab.encodeBefore(codec, items, payload)) this.#writer.appendAnswer(frame);
    } else {
      // The only bigints of an answer are bit sets, such as a peer's services.
      this.#writer.appendAnswer(this.#slab.encode(codec, [...items, payload], true));
    }
  }

  /** What a request costs nothing to provoke: beyond the open requests nothing else bounds how much of it waits. */
  #appendRefusal(body: readonly unknown[]): void {
    if (this.#isClosed) return;
    const frame = this.#frame(body);
    const unread = this.#writer.unreadAnswerBytes;
    if (unread <= MAX_UNREAD_ANSWER_BYTES) this.#unreadRefusalBytes = 0;
    if (this.#unreadRefusalBytes > MAX_UNREAD_ANSWER_BYTES) {
      this.#closeOver(ipcErrors.UNREAD_ANSWERS({ bytes: unread, limitBytes: MAX_UNREAD_ANSWER_BYTES }));
      return;
    }
    const bytes = this.#writer.appendAnswer(frame);
    if (unread > MAX_UNREAD_ANSWER_BYTES) this.#unreadRefusalBytes += bytes;
  }

  #frame(body: readonly unknown[]): Frame {
    return this.#slab.encode(this.#deps.codec, body);
  }

  #startHandshakeClock(): void {
    if (this.#handshakeTimer !== undefined || this.#isClosed) return;
    const timeoutMs = this.#options.handshake_timeout_ms;
    this.#handshakeTimer = deadline(this.#deps.scheduler, timeoutMs, () => {
      this.#closeOver(ipcErrors.HANDSHAKE_TIMEOUT({ timeoutMs }));
    });
  }

  #watchFrame(partialBytes: number): void {
    this.#partialBytes = partialBytes;
    if (partialBytes === 0 || this.#frameTimer !== undefined || this.#isClosed) return;
    const timeoutMs = this.#options.frame_timeout_ms;
    this.#frameTimer = deadline(this.#deps.scheduler, timeoutMs, () => {
      this.#frameTimer = undefined;
      if (this.#deps.isPeerStopped?.()) this.#watchFrame(this.#partialBytes);
      else this.#closeOver(ipcErrors.SLOW_FRAME({ receivedBytes: this.#partialBytes, timeoutMs }));
    });
  }

  /** A closing error is told first, then end of stream: it is the last that the peer reads. */
  #closeOver(error: EngineError, id = 0): void {
    if (this.#isClosed) return;
    this.#traffic.noteError(error.code);
    this.#writer.flush();
    this.#writer.append(this.#frame([MESSAGE_KIND.response, id, false, errorToWire(error)]));
    this.#writer.flush();
    this.#end({ text: error.message, error });
  }

  #end(reason: CloseReason): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#handshakeTimer?.unsubscribe();
    this.#frameTimer?.unsubscribe();
    this.#liveness.stop();
    this.#requests.close();
    this.#calls.failAll(reason.text);
    this.#writer.close();
    this.#reading.unsubscribe();
    this.#deps.transport.end();
    const told = this.#partialBytes === 0 ? reason : { ...reason, partialBytes: this.#partialBytes };
    if (this.#handlers === undefined) this.#greeter.turnedAway(told);
    else this.#handlers.onClosed(told);
  }
}
