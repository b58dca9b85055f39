import type { CloseReason } from "./host-end-handlers.js";
import type { Outcome } from "./messages.js";
import type { ProtocolFault } from "./protocol-fault.js";

/** What the connections of all modules come to. */
export interface TrafficSums {
  connections: number;
  methodOf(type: string): string;
  noteDuration(method: string, durationMs: number): void;
  noteFault(kind: ProtocolFault): void;
  noteError(code: string): void;
}

/** How requests of one method ended. */
export interface RequestOutcomes {
  ok: number;
  error: number;
  timeout: number;
  denied: number;
}

/**
 * What went over one module's connections, one after the other or side by side. Its fields grow where things happen: bytes
 * and written frames per batch, frames that arrive and requests one by one.
 */
export class ModuleTraffic {
  readonly moduleName: string;
  readonly #books: TrafficSums;
  rxFrames = 0;
  rxBytes = 0;
  txFrames = 0;
  txBytes = 0;
  /** Requests that arrived and are neither answered nor lost with their connection. */
  openRequests = 0;
  /** From the newest ping that was answered to its answer; undefined before the first. */
  heartbeatRttMs: number | undefined;
  readonly #requests = new Map<string, RequestOutcomes>();

  constructor(books: TrafficSums, moduleName: string) {
    this.#books = books;
    this.moduleName = moduleName;
  }

  /** By method, how its requests ended. */
  requests(): Iterable<readonly [method: string, outcomes: Readonly<RequestOutcomes>]> {
    return this.#requests;
  }

  /** Counts a connection from now until its handlers hear that it is closed. */
  counting<Handlers extends { onClosed(reason: CloseReason): void }>(handlers: Handlers): Handlers {
    this.#books.connections++;
    const onClosed = (reason: CloseReason) => {
      this.#books.connections--;
      handlers.onClosed(reason);
    };
    return { ...handlers, onClosed };
  }

  /** Requests came to be open, or are so no longer. */
  noteOpen(change: number): void {
    this.openRequests += change;
  }

  /** A pong came; undefined when it answers no ping that waits. */
  noteHeartbeat(rttMs: number | undefined): void {
    this.heartbeatRttMs = rttMs ?? this.heartbeatRttMs;
  }

  noteWritten(frames: number, bytes: number): void {
    this.txFrames += frames;
    this.txBytes += bytes;
  }

  /** A request was answered. */
  noteAnswered(type: string, outcome: Outcome, durationMs: number): void {
    const method = this.#books.methodOf(type);
    this.#outcomesOf(method)[outcome.ok ? "ok" : wordOf(outcome.error.code)]++;
    this.#books.noteDuration(method, durationMs);
  }

  /** A request was refused over a limit of its connection. */
  noteRefused(type: string): void {
    this.#outcomesOf(this.#books.methodOf(type)).error++;
  }

  /** A body was no message. */
  noteBadBody(kind: "bad_msgpack" | "bad_schema" | "body_limit"): void {
    this.#books.noteFault(kind);
  }

  /** The module was told of a fault of its own. */
  noteError(code: string): void {
    this.#books.noteError(code);
  }

  #outcomesOf(method: string): RequestOutcomes {
    const known = this.#requests.get(method);
    if (known !== undefined) return known;
    const made = { ok: 0, error: 0, timeout: 0, denied: 0 };
    this.#requests.set(method, made);
    return made;
  }
}

/** Nobody answered in time: the module that was called, the hook that was asked, or whoever else. */
const timeoutCodes: ReadonlySet<string> = new Set(["DEADLINE", "TIMEOUT", "MODULE_TIMEOUT"]);

function wordOf(code: string): "error" | "timeout" | "denied" {
  if (code === "PERMISSION_DENIED") return "denied";
  return timeoutCodes.has(code) ? "timeout" : "error";
}
