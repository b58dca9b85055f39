import type { EngineError } from "../errors.js";
import type { IncomingRequest } from "./incoming-requests.js";
import type { HandlerTimings, Message } from "./messages.js";

/** Why a connection ended; `error` is set when this end closed it over a fault of the peer. */
export interface CloseReason {
  readonly text: string;
  readonly error?: EngineError;
  /** Bytes of a frame that began and never ended, dropped with the connection; absent for none. */
  readonly partialBytes?: number;
}

/** What the end of a connection tells whoever serves it. */
export interface HostEndHandlers {
  onRequest(request: IncomingRequest): void;
  /** A request was refused over a limit of the connection. */
  onRefused(type: string, code: string): void;
  /** @returns false when this seq was never sent, which closes the connection. */
  onAck(seq: number, timings: HandlerTimings | undefined): boolean;
  onLog(log: Extract<Message, { kind: "log" }>): void;
  onLiveness(isResponsive: boolean, silentMs: number): void;
  /** Before anything but an event is appended: events that were published before go first. */
  beforeMessage(): void;
  beforeFlush(): void;
  afterWrite(lastSeq: number): void;
  onClosed(reason: CloseReason): void;
}
