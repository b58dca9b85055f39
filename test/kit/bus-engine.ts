import { EventBus, type ModulePipeline, type PipelineOptions } from "../../src/bus/index.js";
import { silentLogger } from "../../src/log.js";
import { RecordingSink, type SentEntry } from "./bus-recording-sink.js";
import { SIZED_TYPES, type SizedType, sizedEncoder, sizedPayload, sizeOf } from "./bus-sized-events.js";
import { type Counts, type ModuleName, pickAck, type Witness, type World } from "./bus-world.js";

interface OpenConnection {
  readonly pipeline: ModulePipeline;
  readonly sink: RecordingSink;
}

/**
 * The real bus with real pipelines; only the wire is a recording. With `takesTogether` modules take neighbouring events
 * together, which nobody may see: whoever looks here looks as the host does, past the pipeline.
 */
export class BusEngine implements World, Witness {
  readonly bus: EventBus;
  readonly encoded: readonly number[];
  readonly ackOutcomes: string[] = [];
  readonly #connections = new Map<ModuleName, OpenConnection>();
  readonly #sinks = new Map<ModuleName, RecordingSink[]>();
  readonly #reactions = new Map<SizedType, (() => void)[]>();

  constructor(takesTogether = false) {
    const { encode, encoded } = sizedEncoder();
    this.encoded = encoded;
    this.bus = new EventBus({
      encode,
      log: silentLogger,
      // A story is one run of synchronous code: its end never comes.
      atRunEnd: takesTogether ? () => {} : undefined,
      nowMs: () => performance.now(),
    });
    for (const type of SIZED_TYPES) {
      this.bus.events$(type).subscribe(() => this.#reactions.get(type)?.shift()?.());
    }
  }

  publish(type: SizedType, bytes: number): void {
    this.bus.publish(type, sizedPayload(type, bytes));
  }

  publishTo(module: ModuleName, type: SizedType, bytes: number, isReserved: boolean): void {
    const open = this.#connections.get(module);
    if (open !== undefined) this.bus.publishTo(open.pipeline, type, sizedPayload(type, bytes), isReserved);
  }

  subscribe(module: ModuleName, type: SizedType, isFiltered: boolean): void {
    const open = this.#connections.get(module);
    if (open === undefined) return;
    this.bus.subscribe(open.pipeline, type, isFiltered ? (event) => sizeOf(event) % 2 === 0 : undefined);
  }

  unsubscribe(module: ModuleName, type: SizedType): void {
    this.#connections.get(module)?.pipeline.unsubscribe(type);
  }

  acknowledge(module: ModuleName, pick: number): void {
    const open = this.#connections.get(module);
    open?.pipeline.catchUp();
    if (open !== undefined) this.ackOutcomes.push(open.pipeline.acknowledge(pickAck(open.sink.sent, pick)));
  }

  written(module: ModuleName): void {
    const open = this.#connections.get(module);
    open?.pipeline.catchUp();
    open?.pipeline.written(open.sink.eventSeqs.at(-1) ?? 0);
  }

  flush(module: ModuleName): void {
    this.#connections.get(module)?.pipeline.pump();
  }

  setDemand(module: ModuleName, hasDemand: boolean): void {
    const open = this.#connections.get(module);
    open?.pipeline.catchUp();
    if (open !== undefined) open.sink.hasDemand = hasDemand;
  }

  open(module: ModuleName, options: PipelineOptions): void {
    this.close(module);
    const sink = new RecordingSink();
    this.#sinks.set(module, [...(this.#sinks.get(module) ?? []), sink]);
    this.#connections.set(module, { sink, pipeline: this.bus.openPipeline(module, sink, options) });
  }

  shut(module: ModuleName): void {
    this.#connections.get(module)?.pipeline.shut();
  }

  close(module: ModuleName): void {
    const open = this.#connections.get(module);
    this.#connections.delete(module);
    if (open !== undefined) this.bus.closePipeline(open.pipeline);
  }

  reset(module: ModuleName): void {
    this.bus.books.resetDeliveryStats(module);
  }

  atTurn(work: () => void): void {
    this.bus.atTurn(work);
  }

  react(type: SizedType, work: () => void): void {
    this.#reactions.set(type, [...(this.#reactions.get(type) ?? []), work]);
  }

  books(module: ModuleName): Partial<Record<SizedType, Counts>> {
    return (this.bus.books.getDeliveryStats(module)?.by_type ?? {}) as Partial<Record<SizedType, Counts>>;
  }

  totals(module: ModuleName): Partial<Record<SizedType, Counts>> {
    const totals = [...this.bus.books.of(module).totals()].map(([type, c]) => [
      type,
      {
        matched: c.matched,
        delivered: c.delivered,
        dropped_full: c.droppedFull,
        failed_closed: c.failedClosed,
        fate_unknown: c.fateUnknown,
        failed_serialization: c.failedSerialization,
        filtered: c.filtered,
        waiting: c.waiting,
        in_flight: c.inFlight,
      },
    ]);
    return Object.fromEntries(totals);
  }

  sent(module: ModuleName): readonly (readonly SentEntry[])[] {
    this.#connections.get(module)?.pipeline.catchUp();
    return (this.#sinks.get(module) ?? []).map(({ sent }) => sent);
  }

  /** Held bytes and counts of the open connection, for the bounds. */
  load(module: ModuleName): { waiting: number; inFlight: number; heldBytes: number } | undefined {
    const pipeline = this.#connections.get(module)?.pipeline;
    pipeline?.catchUp();
    return pipeline === undefined
      ? undefined
      : { waiting: pipeline.waitingEvents, inFlight: pipeline.inFlightEvents, heldBytes: pipeline.heldBytes };
  }
}
