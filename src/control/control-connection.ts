import type { Socket } from "node:net";
import { type Observable, Subscription } from "rxjs";
import { Deque } from "../deque.js";
import { errorCode } from "../errors.js";
import { EventOutlet } from "../event-outlet.js";
import { type AnyEvent, nearestName, toJson } from "../events/index.js";
import type { Logger } from "../log.js";
import { type ControlMethod, controlMethod } from "./control-method.js";
import { controlErrors } from "./errors.js";
import { errorLine, notificationLine, parseRequest, type RpcRequest, resultLine } from "./json-rpc.js";
import { LineSplitter } from "./line-splitter.js";
import { type TappedItem, type TappedStep, tapParams, tappedTypes } from "./tap.js";

export interface ControlServerDependencies {
  /** What the host offers, by method name; `tap` is built in. */
  readonly methods: Readonly<Record<string, ControlMethod>>;
  /** Every event from now on: what `tap` reads. */
  readonly all$: Observable<AnyEvent>;
  /** What passes a step of a stream, from now on. @throws where there is no such step, or it doesn't run */
  readonly step$?: (step: TappedStep) => Observable<TappedItem>;
  readonly log: Logger;
}

const MAX_LINE_BYTES = 1024 * 1024;
/** Unread answers above this stop the reading of requests, and drop a tap's newest events. */
const MAX_UNREAD_BYTES = 1024 * 1024;
const MAX_OPEN_REQUESTS = 64;

/**
 * One client of the control door. Requests run concurrently and may be answered out of order.
 * A client that sends faster than it reads is not read from until it does. Owns the socket.
 */
export class ControlConnection {
  readonly #deps: ControlServerDependencies;
  readonly #socket: Socket;
  readonly #lines = new LineSplitter(MAX_LINE_BYTES);
  readonly #methods: Readonly<Record<string, ControlMethod>>;
  readonly #tap = new Subscription();
  readonly #waiting = new Deque<string>();
  #outlet: EventOutlet | undefined;
  #hasPeerEnded = false;
  #openRequests = 0;

  constructor(deps: ControlServerDependencies, socket: Socket) {
    this.#deps = deps;
    this.#socket = socket;
    this.#methods = {
      ...deps.methods,
      tap: controlMethod(tapParams, ({ types, step }) =>
        step === undefined ? this.#openTap(types) : this.#openStepTap(step),
      ),
    };
    socket.on("data", (chunk) => this.#read(chunk));
    socket.on("drain", () => this.#pace());
    socket.on("end", () => {
      this.#hasPeerEnded = true;
      this.#endWhenAnswered();
    });
    socket.on("error", (error) => deps.log.debug({ err: error }, "a control connection failed"));
    socket.on("close", () => this.#tap.unsubscribe());
  }

  /** Sends what waits and ends the connection. */
  end(): void {
    this.#tap.unsubscribe();
    this.#outlet?.tellLoss();
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Uint8Array): void {
    const lines = this.#lines.push(chunk);
    if (lines === "too_long") {
      const error = controlErrors.CONTROL_LINE_TOO_LONG({ limitBytes: MAX_LINE_BYTES });
      this.#socket.removeAllListeners("data").resume();
      this.#socket.end(errorLine(null, "", error));
      return;
    }
    for (const line of lines) if (line.trim() !== "") this.#waiting.push(line);
    this.#pace();
  }

  /** Runs the requests that may run now; reads on when none is left over. */
  #pace(): void {
    while (this.#openRequests < MAX_OPEN_REQUESTS && this.#socket.writableLength <= MAX_UNREAD_BYTES) {
      const line = this.#waiting.shift();
      if (line === undefined) {
        this.#socket.resume();
        return;
      }
      this.#openRequests++;
      void this.#answer(line).then(() => {
        this.#openRequests--;
        this.#pace();
        this.#endWhenAnswered();
      });
    }
    this.#socket.pause();
  }

  /** Never rejects. */
  async #answer(line: string): Promise<void> {
    let request: RpcRequest | undefined;
    try {
      request = parseRequest(line);
      const { id, method } = request;
      const result = await this.#method(method)(method, request.params);
      if (id !== undefined) this.#write(resultLine(id, result));
    } catch (error) {
      const { id = null, method = "" } = request ?? {};
      const isUnexpected = errorCode(error) === undefined;
      if (isUnexpected) this.#deps.log.error({ err: error, method }, "a control method failed");
      if (request === undefined || id !== null) this.#write(errorLine(id, method, error));
    }
  }

  /** A client that has said all it wants still gets its answers; a tap lasts no longer than that. */
  #endWhenAnswered(): void {
    if (this.#hasPeerEnded && this.#openRequests === 0 && this.#waiting.size === 0) this.end();
  }

  #method(name: string): ControlMethod {
    const method = Object.hasOwn(this.#methods, name) ? this.#methods[name] : undefined;
    if (method !== undefined) return method;
    const methods = Object.keys(this.#methods);
    throw controlErrors.CONTROL_UNKNOWN_METHOD({
      method: name,
      nearest: nearestName(name, methods),
      methods,
    });
  }

  /** Events follow the answer: the subscription starts when the answer was written. */
  #openTap(names: readonly string[]): { types: string[] } {
    const types = tappedTypes(names);
    const outlet = this.#openOutlet();
    setImmediate(() => {
      this.#tap.add(
        this.#deps.all$.subscribe((event) => {
          if (types !== undefined && !types.has(event.type)) return;
          outlet.offer(event.seq, () => notificationLine("event", toJson(event)));
        }),
      );
    });
    return { types: [...(types ?? [])] };
  }

  /** The tap ends with this life of the stream; the connection then ends. */
  #openStepTap(step: TappedStep): TappedStep {
    const { step$ } = this.#deps;
    if (step$ === undefined) throw controlErrors.CONTROL_NO_STREAMS({});
    const items$ = step$(step);
    const outlet = this.#openOutlet();
    setImmediate(() => {
      this.#tap.add(
        items$.subscribe({
          next: (item) => outlet.offer(item.seq, () => notificationLine("item", item)),
          complete: () => this.end(),
        }),
      );
    });
    return step;
  }

  #openOutlet(): EventOutlet {
    if (this.#outlet !== undefined) throw controlErrors.CONTROL_TAP_OPEN({});
    this.#outlet = new EventOutlet(this.#socket, {
      maxUnreadBytes: MAX_UNREAD_BYTES,
      lossText: (loss) => notificationLine("dropped", loss),
    });
    return this.#outlet;
  }

  #write(line: string): void {
    if (this.#socket.writable) this.#socket.write(line);
  }
}
