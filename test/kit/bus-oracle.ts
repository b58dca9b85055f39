import type { PipelineOptions } from "../../src/bus/index.js";
import type { SentEntry } from "./bus-recording-sink.js";
import { isSizedCritical, type SizedType, UNENCODABLE_BYTES } from "./bus-sized-events.js";
import { type Counts, MODULES, type ModuleName, pickAck, type Witness, type World } from "./bus-world.js";

type Fate =
  | "waiting"
  | "in_flight"
  | "delivered"
  | "dropped_full"
  | "failed_serialization"
  | "filtered"
  | "failed_closed"
  | "fate_unknown";

/** One event that one module had subscribed to: a publish times a subscription. */
interface Match {
  readonly seq: number;
  readonly type: SizedType;
  readonly bytes: number;
  readonly isCritical: boolean;
  fate: Fate;
}

interface Mark {
  lost: Match[];
}

interface Subscription {
  readonly type: SizedType;
  readonly isFiltered: boolean;
  isActive: boolean;
}

interface Connection {
  readonly options: PipelineOptions;
  readonly sent: SentEntry[];
  subscriptions: Subscription[];
  queue: (Match | Mark)[];
  inFlight: Match[];
  ackedSeq: number;
  hasDemand: boolean;
  isShut: boolean;
  isOpen: boolean;
}

interface ModuleState {
  matches: Match[];
  readonly everMatched: Match[];
  readonly connections: Connection[];
}

const CRITICAL_SLOTS = 16;

/**
 * What delivery.md promises, done the slow and obvious way: it keeps every match with its fate, and counts by looking at
 * all of them. It shares no code and no number with the bus.
 */
export class BusOracle implements World, Witness {
  readonly ackOutcomes: string[] = [];
  readonly #modules = new Map<ModuleName, ModuleState>(
    MODULES.map((name) => [name, { matches: [], everMatched: [], connections: [] }]),
  );
  readonly #reactions = new Map<SizedType, (() => void)[]>();
  readonly #turns: (() => void)[] = [];
  #isDelivering = false;
  #seq = 0;

  publish(type: SizedType, bytes: number): void {
    const seq = ++this.#seq;
    this.atTurn(() => {
      const given = [...this.#modules.values()].flatMap((module) => {
        const connection = openConnection(module);
        return (connection?.subscriptions ?? [])
          .filter((subscription) => subscription.type === type && connection !== undefined)
          .map((subscription) => ({ module, connection: connection as Connection, subscription }));
      });
      for (const { module, connection, subscription } of given) {
        if (!subscription.isActive) continue;
        const match = this.#match(module, seq, type, bytes);
        if (subscription.isFiltered && bytes % 2 === 1) match.fate = "filtered";
        else offer(connection, match);
      }
      this.#reactions.get(type)?.shift()?.();
    });
  }

  publishTo(name: ModuleName, type: SizedType, bytes: number, isReserved: boolean): void {
    const connection = this.#connection(name);
    if (connection === undefined) return;
    const seq = ++this.#seq;
    this.atTurn(() => {
      const subscription = connection.subscriptions.find((each) => each.type === type && each.isActive);
      if (!connection.isOpen || (!isReserved && subscription === undefined)) return;
      const match = this.#match(this.#module(name), seq, type, bytes);
      if (subscription?.isFiltered && bytes % 2 === 1) match.fate = "filtered";
      else if (!isReserved) offer(connection, match);
      else if (isSendable(connection, match)) enqueue(connection, match);
      else lose(connection, match, "failed_serialization");
    });
  }

  subscribe(name: ModuleName, type: SizedType, isFiltered: boolean): void {
    const connection = this.#connection(name);
    if (connection?.isShut || connection?.subscriptions.some((known) => known.type === type)) return;
    connection?.subscriptions.push({ type, isFiltered, isActive: true });
  }

  unsubscribe(name: ModuleName, type: SizedType): void {
    const connection = this.#connection(name);
    if (connection === undefined) return;
    for (const known of connection.subscriptions) if (known.type === type) known.isActive = false;
    connection.subscriptions = connection.subscriptions.filter(({ isActive }) => isActive);
  }

  acknowledge(name: ModuleName, pick: number): void {
    const connection = this.#connection(name);
    if (connection === undefined) return;
    const seq = pickAck(connection.sent, pick);
    if (seq > lastSentSeq(connection)) this.ackOutcomes.push("beyond_sent");
    else if (!connection.options.hasAcks || seq <= connection.ackedSeq) this.ackOutcomes.push("ignored");
    else {
      this.ackOutcomes.push("taken");
      connection.ackedSeq = seq;
      settle(connection, seq);
      pump(connection);
    }
  }

  written(name: ModuleName): void {
    const connection = this.#connection(name);
    if (connection === undefined) return;
    if (!connection.options.hasAcks) settle(connection, lastSentSeq(connection));
    pump(connection);
  }

  flush(name: ModuleName): void {
    const connection = this.#connection(name);
    if (connection !== undefined) pump(connection);
  }

  setDemand(name: ModuleName, hasDemand: boolean): void {
    const connection = this.#connection(name);
    if (connection !== undefined) connection.hasDemand = hasDemand;
  }

  open(name: ModuleName, options: PipelineOptions): void {
    this.close(name);
    this.#module(name).connections.push({
      options,
      sent: [],
      subscriptions: [],
      queue: [],
      inFlight: [],
      ackedSeq: 0,
      hasDemand: true,
      isShut: false,
      isOpen: true,
    });
  }

  shut(name: ModuleName): void {
    const connection = this.#connection(name);
    if (connection === undefined) return;
    for (const subscription of connection.subscriptions) subscription.isActive = false;
    connection.subscriptions = [];
    connection.isShut = true;
  }

  close(name: ModuleName): void {
    const connection = this.#connection(name);
    if (connection === undefined) return;
    for (const match of connection.inFlight) match.fate = "fate_unknown";
    for (const entry of connection.queue) if (!isMark(entry)) entry.fate = "failed_closed";
    this.shut(name);
    connection.isOpen = false;
  }

  reset(name: ModuleName): void {
    const module = this.#module(name);
    module.matches = module.matches.filter(({ fate }) => fate === "waiting" || fate === "in_flight");
  }

  atTurn(work: () => void): void {
    this.#turns.push(work);
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    for (let turn = this.#turns.shift(); turn !== undefined; turn = this.#turns.shift()) turn();
    this.#isDelivering = false;
  }

  react(type: SizedType, work: () => void): void {
    this.#reactions.set(type, [...(this.#reactions.get(type) ?? []), work]);
  }

  books(name: ModuleName): Partial<Record<SizedType, Counts>> {
    return count(this.#module(name).matches);
  }

  totals(name: ModuleName): Partial<Record<SizedType, Counts>> {
    return count(this.#module(name).everMatched);
  }

  sent(name: ModuleName): readonly (readonly SentEntry[])[] {
    return this.#module(name).connections.map(({ sent }) => sent);
  }

  #module(name: ModuleName): ModuleState {
    return this.#modules.get(name) as ModuleState;
  }

  #connection(name: ModuleName): Connection | undefined {
    return openConnection(this.#module(name));
  }

  #match(module: ModuleState, seq: number, type: SizedType, bytes: number): Match {
    const match: Match = { seq, type, bytes, isCritical: isSizedCritical(type, bytes), fate: "waiting" };
    module.matches.push(match);
    module.everMatched.push(match);
    return match;
  }
}

function openConnection(module: ModuleState): Connection | undefined {
  return module.connections.find(({ isOpen }) => isOpen);
}

function isMark(entry: Match | Mark): entry is Mark {
  return "lost" in entry;
}

function isSendable({ options }: Connection, { bytes }: Match): boolean {
  return bytes !== UNENCODABLE_BYTES && bytes <= Math.min(options.maxFrameBytes, options.max_bytes);
}

function offer(connection: Connection, match: Match): void {
  if (!isSendable(connection, match)) return lose(connection, match, "failed_serialization");
  const { capacity, max_bytes } = connection.options;
  const waiting = connection.queue.filter((entry) => !isMark(entry)).length;
  const held = [...connection.queue, ...connection.inFlight].reduce(
    (sum, entry) => sum + (isMark(entry) ? 0 : entry.bytes),
    0,
  );
  const reserve = match.isCritical || held === 0 ? 0 : Math.min(65_536, Math.floor(max_bytes / 8));
  const hasSlot = waiting < capacity + (match.isCritical ? CRITICAL_SLOTS : 0);
  if (hasSlot && held + match.bytes <= max_bytes - reserve) enqueue(connection, match);
  else lose(connection, match, "dropped_full");
}

function enqueue(connection: Connection, match: Match): void {
  connection.queue.push(match);
  pump(connection);
}

function lose(connection: Connection, match: Match, fate: "dropped_full" | "failed_serialization"): void {
  match.fate = fate;
  if (!connection.options.hasGaps) return;
  const last = connection.queue.at(-1);
  if (last !== undefined && isMark(last)) last.lost.push(match);
  else connection.queue.push({ lost: [match] });
}

function pump(connection: Connection): void {
  const { options, queue, inFlight, sent } = connection;
  for (let head = queue[0]; head !== undefined; head = queue[0]) {
    if (isMark(head)) {
      if (!connection.hasDemand) return;
      sent.push(gapOf(head));
    } else {
      if (connection.isShut) return;
      const isOpen = options.hasAcks ? inFlight.length < options.window : connection.hasDemand;
      if (!isOpen) return;
      head.fate = "in_flight";
      inFlight.push(head);
      sent.push({ kind: "event", seq: head.seq });
    }
    queue.shift();
  }
}

function gapOf({ lost }: Mark): SentEntry {
  const isSerialization = lost.every(({ fate }) => fate === "failed_serialization");
  return {
    kind: "gap",
    fromSeq: Math.min(...lost.map(({ seq }) => seq)),
    toSeq: Math.max(...lost.map(({ seq }) => seq)),
    count: lost.length,
    reason: isSerialization ? "serialization" : "channel_full",
  };
}

function settle(connection: Connection, seq: number): void {
  for (const match of connection.inFlight) if (match.seq <= seq) match.fate = "delivered";
  connection.inFlight = connection.inFlight.filter((match) => match.seq > seq);
}

function lastSentSeq({ sent }: Connection): number {
  const last = sent.at(-1);
  return last === undefined ? 0 : last.kind === "event" ? last.seq : last.toSeq;
}

function count(matches: readonly Match[]): Partial<Record<SizedType, Counts>> {
  const types = [...new Set(matches.map(({ type }) => type))];
  return Object.fromEntries(
    types.map((type) => {
      const ofType = matches.filter((match) => match.type === type);
      const of = (...fates: Fate[]) => ofType.filter(({ fate }) => fates.includes(fate)).length;
      return [
        type,
        {
          matched: ofType.length,
          delivered: of("delivered"),
          dropped_full: of("dropped_full"),
          failed_closed: of("failed_closed", "fate_unknown"),
          fate_unknown: of("fate_unknown"),
          failed_serialization: of("failed_serialization"),
          filtered: of("filtered"),
          waiting: of("waiting"),
          in_flight: of("in_flight"),
        },
      ];
    }),
  );
}
