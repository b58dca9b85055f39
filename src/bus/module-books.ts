import { DurationHistogram } from "../duration-histogram.js";
import type { EventType } from "../events/index.js";
import { eventTypes, typeIndex } from "../events/index.js";
import { HandlerTimes } from "./handler-times.js";
import { addCounters, type DeliveryCounts, TypeCounters, toDeliveryCounts } from "./type-counters.js";

/** What `getDeliveryStats` answers: the sums, whether acknowledgements are in use, and the books of each type. */
export interface ModuleDeliveryStats extends DeliveryCounts {
  /** False while the connected module can't acknowledge: delivered then means written to the socket. */
  acks: boolean;
  by_type: Partial<Record<EventType, DeliveryCounts>>;
}

/**
 * Everything that is counted for one module name. Outlives connections, reloads and crashes;
 * one pipeline at a time writes to it.
 */
export class ModuleBooks {
  readonly moduleName: string;
  readonly #types: (TypeCounters | undefined)[] = new Array(eventTypes.length);
  readonly #beforeReset: (TypeCounters | undefined)[] = new Array(eventTypes.length);
  readonly #subscribedOnce = new Set<EventType>();
  readonly deliveryLatency = new DurationHistogram();
  readonly handlerDuration = new DurationHistogram();
  readonly handlerTimes = new HandlerTimes();
  /** The longest time that the module took to acknowledge anything while it had something to. */
  longestStallMs = 0;
  /** When it last acknowledged, monotonic milliseconds. */
  lastSettledMs = Number.NEGATIVE_INFINITY;
  acks = true;
  gapsSent = 0;
  /** Episodes of drops, each from its first one until the channel was empty again. */
  slowEpisodes = 0;
  /** Bytes of frames that began and never ended, dropped when their connections closed. */
  partialFrameBytes = 0;
  lastAckedSeq = 0;
  /** Wall clock, milliseconds since 1970; 0 before the first acknowledgement. */
  lastAckAtMs = 0;

  readonly #catchUp: () => void;

  /** @param catchUp called before anybody looks, so that what was published is booked */
  constructor(moduleName: string, catchUp: () => void = () => {}) {
    this.moduleName = moduleName;
    this.#catchUp = catchUp;
  }

  /** The counters of a type, made at the first use; a type that was never subscribed to has none. */
  counters(typeIndex: number): TypeCounters {
    const known = this.#types[typeIndex];
    if (known !== undefined) return known;
    const made = new TypeCounters();
    this.#types[typeIndex] = made;
    return made;
  }

  /** From its first subscription on a type is in {@link totals}, with or without an event. */
  noteSubscribed(type: EventType): void {
    this.#subscribedOnce.add(type);
  }

  stats(): ModuleDeliveryStats {
    const sum = new TypeCounters();
    const byType: Partial<Record<EventType, DeliveryCounts>> = {};
    for (const [index, counters] of this.#entries()) {
      addCounters(sum, counters);
      byType[eventTypes[index] as EventType] = toDeliveryCounts(counters);
    }
    return { ...toDeliveryCounts(sum), acks: this.acks, by_type: byType };
  }

  /**
   * Sets matched to waiting + in flight and all other counts to 0, for each type.
   * What was counted before stays in {@link totals}: a Prometheus counter never goes back.
   */
  reset(): void {
    for (const [index, counters] of this.#entries()) {
      const past = this.#beforeReset[index] ?? new TypeCounters();
      this.#beforeReset[index] = past;
      const open = counters.waiting + counters.inFlight;
      addCounters(past, counters);
      past.matched -= open;
      past.waiting = 0;
      past.inFlight = 0;
      const fresh = new TypeCounters();
      fresh.matched = open;
      fresh.waiting = counters.waiting;
      fresh.inFlight = counters.inFlight;
      Object.assign(counters, fresh);
    }
  }

  /**
   * The counts of each type that was ever subscribed to since the host started, resets ignored: what /metrics reads. A
   * series that went with its subscription and came back above 0 would hide its first events from every rate.
   */
  *totals(): Iterable<[EventType, Readonly<TypeCounters>]> {
    this.#catchUp();
    for (const type of this.#subscribedOnce)
      if (this.#types[typeIndex(type)] === undefined) yield [type, new TypeCounters()];
    for (const [index, counters] of this.#entries()) {
      const total = new TypeCounters();
      addCounters(total, counters);
      const past = this.#beforeReset[index];
      if (past !== undefined) addCounters(total, past);
      yield [eventTypes[index] as EventType, total];
    }
  }

  *#entries(): Iterable<[number, TypeCounters]> {
    this.#catchUp();
    for (let index = 0; index < this.#types.length; index++) {
      const counters = this.#types[index];
      if (counters !== undefined) yield [index, counters];
    }
  }
}
