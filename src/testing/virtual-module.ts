import type { SchedulerLike } from "rxjs";
import type { EventType } from "../events/index.js";
import {
  createMessagePackCodec,
  FEATURES,
  FrameDecoder,
  HOST_BODY_LIMITS,
  ModuleEnd,
  PROTOCOL,
  type Transport,
} from "../ipc/index.js";
import { MemoryTransport } from "./memory-transport.js";
import { atEdge } from "./without-promises.js";

/** How a module of the virtual host behaves. */
export interface VirtualModuleOptions {
  /** Subscribed when the host is made; absent: the module connects when {@link VirtualModule.subscribe} is called. */
  readonly types?: readonly EventType[];
  /** Filters of some of the types. */
  readonly filters?: Readonly<Partial<Record<EventType, string>>>;
  /** Time that its handler takes for each event, in milliseconds; 0 by default. */
  readonly handlerMs?: number;
  /** Handled deliveries per acknowledgement; 1 by default. */
  readonly acksEvery?: number;
  /** Features that it asks for in its handshake; all by default. */
  readonly features?: readonly string[];
}

/** What reached a module over its connection, in the order of the wire. */
export type VirtualDelivery =
  | { readonly kind: "answer"; readonly ok: boolean }
  | { readonly kind: "event"; readonly seq: number; readonly type: string; readonly payload: unknown }
  | {
      readonly kind: "gap";
      readonly fromSeq: number;
      readonly toSeq: number;
      readonly count: number;
      readonly reason: string;
    }
  | { readonly kind: "closed" };

/** Something that happened at a time of the scheduler. */
export interface At<What> {
  readonly atMs: number;
  readonly what: What;
}

export interface VirtualModuleDependencies {
  readonly scheduler: SchedulerLike;
  /** The host's side of the stream: whoever is given it answers the handshake. */
  readonly accept: (transport: Transport) => void;
}

const HANDSHAKE_ID = 1;
const RESPONSE_KIND = 1;
const EVENT_KIND = 2;
const GAP_KIND = 6;
const MAX_FRAME_BYTES = 40 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 1_000_000_000;

/**
 * A module without a process: the module's real end of the protocol on a stream in memory, with one handler that takes
 * its time, one event after another, and acknowledges what it handled. Each of its connections is a new one.
 */
export class VirtualModule {
  readonly name: string;
  /** What arrived, read off the wire. */
  readonly received: At<VirtualDelivery>[] = [];
  /** The seqs of the events whose handler returned. */
  readonly handled: At<number>[] = [];
  /** The acknowledgements that it sent. */
  readonly acknowledged: At<number>[] = [];
  readonly #deps: VirtualModuleDependencies;
  readonly #options: VirtualModuleOptions;
  #transport: MemoryTransport | undefined;
  #end: ModuleEnd | undefined;
  #inbox: { readonly seq: number; readonly isEvent: boolean }[] = [];
  #unacknowledged = 0;
  #isHandling = false;
  #isStopped = false;
  #isDue = false;

  constructor(deps: VirtualModuleDependencies, name: string, options: VirtualModuleOptions) {
    this.#deps = deps;
    this.name = name;
    this.#options = options;
  }

  get isConnected(): boolean {
    return this.#end !== undefined;
  }

  /** Connects and shakes hands; does nothing while it is connected. */
  connect(): void {
    if (this.#end !== undefined) return;
    const [hostSide, ownSide] = MemoryTransport.pair(this.#deps.scheduler);
    this.#transport = ownSide;
    this.#deps.accept(hostSide);
    this.#readWire(ownSide);
    const end = new ModuleEnd(
      {
        transport: ownSide,
        codec: createMessagePackCodec(HOST_BODY_LIMITS),
        scheduler: this.#deps.scheduler,
        scheduleFlush: (flush) => this.#deps.scheduler.schedule(flush),
      },
      {
        onDelivery: (delivery) => {
          if (delivery.kind === "event") this.#take(end, delivery.event.seq, true);
          else this.#take(end, delivery.gap.to_seq, false);
        },
        onInvocation: () => Promise.resolve(null),
        onClosed: () => this.#forget(end),
      },
    );
    this.#end = end;
    const { name } = this;
    const request = {
      module_id: name,
      module_name: name,
      version: VIRTUAL_MODULE_VERSION,
      protocol: { ...PROTOCOL },
      features: [...(this.#options.features ?? FEATURES)],
    };
    // What the module learns of it is read from the wire.
    atEdge(() => void end.handshake(request, REQUEST_TIMEOUT_MS).catch(ignoreRefusal));
  }

  /** Asks for types, those of its options by default; connects first where it must. */
  subscribe(types: readonly EventType[] = this.#options.types ?? []): void {
    this.connect();
    const filters = Object.entries(this.#options.filters ?? {}).filter(([type]) =>
      types.includes(type as EventType),
    );
    this.#request(
      "SubscribeEvents",
      types,
      filters.length === 0 ? {} : { filters: Object.fromEntries(filters) },
    );
  }

  unsubscribe(types: readonly EventType[] = this.#options.types ?? []): void {
    this.#request("UnsubscribeEvents", types);
  }

  /** Ends it as SIGKILL does: what it has not acknowledged stays so. */
  kill(): void {
    const end = this.#end;
    this.#transport?.destroy();
    if (end !== undefined) this.#forget(end);
  }

  /** Stops it as SIGSTOP does: it neither reads nor handles. */
  stop(): void {
    this.#isStopped = true;
    this.#transport?.pause();
  }

  /** Lets a stopped module go on where it was. */
  resume(): void {
    this.#isStopped = false;
    this.#transport?.resume();
    if (!this.#isDue) return;
    this.#isDue = false;
    this.#finishHandling(this.#end);
  }

  #request(type: string, eventTypes: readonly EventType[], filters: object = {}): void {
    const payload = { event_types: eventTypes, ...filters };
    atEdge(
      () => void this.#end?.request(type, payload, { timeoutMs: REQUEST_TIMEOUT_MS }).catch(ignoreRefusal),
    );
  }

  /** Notes the frames in their order on the wire, which the module's end doesn't show of answers and events. */
  #readWire(transport: Transport): void {
    const decoder = new FrameDecoder(MAX_FRAME_BYTES);
    const codec = createMessagePackCodec(HOST_BODY_LIMITS);
    transport.chunks$.subscribe({
      next: (chunk) => {
        decoder.cut(chunk, (bytes, start, end) =>
          this.#noteMessage(codec.decode(bytes, start, end) as readonly unknown[]),
        );
      },
      complete: () => this.#note({ kind: "closed" }),
    });
  }

  #noteMessage([kind, a, b, c, d]: readonly unknown[]): void {
    if (kind === RESPONSE_KIND && a !== HANDSHAKE_ID) this.#note({ kind: "answer", ok: b === true });
    if (kind === EVENT_KIND) this.#note({ kind: "event", seq: Number(a), type: String(c), payload: d });
    if (kind === GAP_KIND) {
      this.#note({ kind: "gap", fromSeq: Number(a), toSeq: Number(b), count: Number(c), reason: String(d) });
    }
  }

  #note(what: VirtualDelivery): void {
    this.received.push({ atMs: this.#deps.scheduler.now(), what });
  }

  #take(end: ModuleEnd, seq: number, isEvent: boolean): void {
    if (end !== this.#end) return;
    this.#inbox.push({ seq, isEvent });
    this.#handleNext(end);
  }

  #handleNext(end: ModuleEnd): void {
    if (this.#isHandling || end !== this.#end) return;
    const next = this.#inbox[0];
    if (next === undefined) return;
    this.#isHandling = true;
    const handlerMs = next.isEvent ? (this.#options.handlerMs ?? 0) : 0;
    if (handlerMs === 0) this.#finishHandling(end);
    else this.#deps.scheduler.schedule(() => this.#finishHandling(end), handlerMs);
  }

  #finishHandling(end: ModuleEnd | undefined): void {
    if (end === undefined || end !== this.#end) return;
    if (this.#isStopped) {
      this.#isDue = true;
      return;
    }
    const done = this.#inbox.shift();
    this.#isHandling = false;
    if (done === undefined) return;
    const atMs = this.#deps.scheduler.now();
    if (done.isEvent) this.handled.push({ atMs, what: done.seq });
    this.#unacknowledged++;
    if (this.#unacknowledged >= (this.#options.acksEvery ?? 1)) {
      this.#unacknowledged = 0;
      this.acknowledged.push({ atMs, what: done.seq });
      end.acknowledge(done.seq, undefined);
    }
    this.#handleNext(end);
  }

  #forget(end: ModuleEnd): void {
    if (end !== this.#end) return;
    this.#end = undefined;
    this.#inbox = [];
    this.#isHandling = false;
    this.#isDue = false;
    this.#unacknowledged = 0;
  }
}

/** The version in the manifest of every virtual module. */
export const VIRTUAL_MODULE_VERSION = "1.0.0";

/** A refusal is on the wire, where it is recorded. */
function ignoreRefusal(): void {}
