import type { ModelConnection, ModelSubscription } from "./model-connection.js";
import { type Fate, type Match, ModelEvent } from "./model-event.js";
import { isCriticalByContract, passesFilter, type SimulatedType, serialOf } from "./simulated-events.js";
import type { ModuleName, ModulePlan } from "./story.js";
import type { Tally } from "./tally.js";

export interface ModelModule {
  readonly name: ModuleName;
  readonly plan: ModulePlan;
  /** Every match since the last reset, with those that were open then. */
  matches: Match[];
  readonly everMatched: Match[];
  readonly connections: ModelConnection[];
  connection: ModelConnection | undefined;
  isAnnounced: boolean;
  /** Its process was asked to stop for its successor. */
  isStopping: boolean;
}

export interface Published {
  readonly type: SimulatedType;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly source: string;
  readonly isEncodable: boolean;
}

type Receiver = { module: ModelModule; connection: ModelConnection; subscription: ModelSubscription };

/**
 * What delivery.md promises of a whole host, done the slow and obvious way: it counts publishes times subscriptions,
 * gives each of them its fate, and counts by looking at all of them. It shares no code and no number with the engine.
 */
export class HostModel {
  readonly modules: ReadonlyMap<ModuleName, ModelModule>;
  readonly loaded = new Map<string, string>();
  /** Seqs of events that somebody was to get and that can't be encoded. */
  readonly unencodable = new Set<number>();
  readonly #tally: Tally;
  readonly #wallClockMs: () => number;
  readonly #turns: (() => void)[] = [];
  readonly #early = new Map<SimulatedType, (() => void)[]>();
  readonly #late = new Map<SimulatedType, (() => void)[]>();
  #isDelivering = false;
  #seq = 0;

  constructor(plans: Iterable<readonly [ModuleName, ModulePlan]>, tally: Tally, wallClockMs: () => number) {
    this.#tally = tally;
    this.#wallClockMs = wallClockMs;
    this.modules = new Map(
      [...plans].map(([name, plan]) => [
        name,
        {
          name,
          plan,
          matches: [],
          everMatched: [],
          connections: [],
          connection: undefined,
          isAnnounced: false,
          isStopping: false,
        },
      ]),
    );
  }

  get lastSeq(): number {
    return this.#seq;
  }

  publish(published: Published): void {
    const event = this.#event(published);
    if (this.#isDelivering) this.#tally.add("publish from inside a subscriber");
    this.atTurn(() => {
      const { type } = event;
      // Modules get an event first: whoever subscribes while it is being delivered gets the next one, whoever leaves has it.
      const receivers = this.#receivers(type);
      if (type === "ModuleLoaded")
        this.loaded.set(String(published.payload.module_name), String(published.payload.version));
      for (const { module, connection, subscription } of receivers) {
        if (!subscription.isActive) continue;
        const match = this.#match(module, event);
        if (subscription.isFiltered && !passes(event.serial)) {
          match.fate = "filtered";
          this.#tally.add("filtered");
        } else {
          if (!event.isEncodable) this.unencodable.add(event.seq);
          connection.offer(match);
        }
      }
      this.#early.get(type)?.shift()?.();
      this.#late.get(type)?.shift()?.();
    });
  }

  subscribersOf(type: SimulatedType): ModuleName[] {
    return this.#receivers(type).map(({ module }) => module.name);
  }

  react(type: SimulatedType, isLate: boolean, work: () => void): void {
    const reactions = isLate ? this.#late : this.#early;
    reactions.set(type, [...(reactions.get(type) ?? []), work]);
  }

  atTurn(work: () => void): void {
    this.#turns.push(work);
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    for (let turn = this.#turns.shift(); turn !== undefined; turn = this.#turns.shift()) turn();
    this.#isDelivering = false;
  }

  /** One frame from a module; false when it closes the connection. */
  receive(
    module: ModelModule,
    connection: ModelConnection,
    body: readonly unknown[],
    greeting: object,
  ): boolean {
    const [kind, id, type, payload] = body;
    if (kind === 7) return this.#acknowledge(connection, Number(id));
    if (kind !== 0) return true;
    const { event_types: types = [] } = payload as { event_types?: SimulatedType[] };
    if (type === "Handshake") {
      connection.isGreeted = true;
      if (module.connection?.isHeld) connection.takeOver(module.connection);
      module.connection = connection;
      module.connections.push(connection);
      connection.append([1, id, true, greeting]);
    } else if (type === "SubscribeEvents") this.#subscribe(module, connection, types, Number(id));
    else if (type === "UnsubscribeEvents") {
      if (connection.queue.length > 0) this.#tally.add("unsubscribe while events wait");
      if (!connection.isHeld) for (const each of types) this.unsubscribe(connection, each);
      connection.append([1, id, true, null]);
    } else if (type === "PublishEvent") {
      const request = payload as { event_type: SimulatedType; payload: Record<string, unknown> };
      this.#tally.add("publish by a module");
      this.publish({
        type: request.event_type,
        payload: request.payload,
        source: `module:${module.name}`,
        isEncodable: true,
      });
      connection.append([1, id, true, null]);
    } else throw new Error(`the model knows no request ${String(type)}`);
    return true;
  }

  addSubscription(connection: ModelConnection, type: SimulatedType, isFiltered: boolean): boolean {
    const isKnown = connection.subscriptions.some((known) => known.type === type);
    if (connection.isShut || isKnown) return false;
    connection.subscriptions.push({ type, isFiltered, isActive: true });
    return true;
  }

  unsubscribe(connection: ModelConnection, type: SimulatedType): void {
    const at = connection.subscriptions.findIndex((known) => known.type === type);
    for (const subscription of at < 0 ? [] : connection.subscriptions.splice(at, 1))
      subscription.isActive = false;
  }

  /** The module's process is gone. */
  forget(module: ModelModule): void {
    this.atTurn(() => this.loaded.delete(module.name));
    module.isAnnounced = false;
  }

  reset(module: ModelModule): void {
    module.matches = module.matches.filter(({ fate }) => fate === "waiting" || fate === "in_flight");
  }

  #subscribe(
    module: ModelModule,
    connection: ModelConnection,
    types: readonly SimulatedType[],
    requestId: number,
  ): void {
    this.atTurn(() => {
      connection.hasSubscribed = true;
      connection.append([1, requestId, true, null]);
      const isSuccessor = connection.isHeld && !module.isStopping;
      if (isSuccessor) {
        this.#tally.add("reload: the successor took over");
        connection.release(types);
      } else if (connection.isHeld) this.#tally.add("reload: the predecessor subscribed meanwhile");
      const changes = connection.isHeld ? [] : types;
      const added = changes.filter((type) => this.addSubscription(connection, type, false));
      if (added.length < types.length) this.#tally.add("subscribed to what it had");
      const news = isSuccessor ? types : added;
      if (news.includes("ModuleLoaded")) this.#replay(module, connection);
      if (module.isAnnounced) return;
      module.isAnnounced = true;
      this.publish({
        type: "ModuleLoaded",
        payload: { module_name: module.name, version: "1.0.0" },
        source: "node",
        isEncodable: true,
      });
    });
  }

  #replay(newcomer: ModelModule, connection: ModelConnection): void {
    const isReserved = !connection.hadReservedRoom;
    connection.hadReservedRoom = true;
    for (const [name, version] of this.loaded) {
      if (name === newcomer.name) continue;
      this.#tally.add("ModuleLoaded replayed");
      const event = this.#event({
        type: "ModuleLoaded",
        payload: { module_name: name, version },
        source: "node",
        isEncodable: true,
      });
      this.atTurn(() => {
        const subscription = connection.subscriptions.find(({ type }) => type === "ModuleLoaded");
        if (!connection.isOpen || (!isReserved && subscription === undefined)) return;
        const match = this.#match(newcomer, event);
        if (subscription?.isFiltered && !passes(event.serial)) {
          match.fate = "filtered";
          this.#tally.add("filtered");
        } else if (isReserved) connection.offerReserved(match);
        else connection.offer(match);
      });
    }
  }

  #acknowledge(connection: ModelConnection, seq: number): boolean {
    if (connection.acknowledge(seq)) return true;
    this.#tally.add("ack of what was never sent");
    return false;
  }

  #receivers(type: SimulatedType): Receiver[] {
    const receivers: Receiver[] = [];
    for (const module of this.modules.values()) {
      const { connection } = module;
      const subscription = connection?.subscriptions.find((known) => known.type === type);
      if (connection !== undefined && subscription !== undefined)
        receivers.push({ module, connection, subscription });
    }
    return receivers;
  }

  #event({ type, payload, source, isEncodable }: Published): ModelEvent {
    this.#seq++;
    return new ModelEvent(this.#seq, type, payload, {
      timestampMs: this.#wallClockMs(),
      source,
      serial: serialOf(payload),
      isCritical: isCriticalByContract(type, payload),
      isEncodable,
    });
  }

  #match(module: ModelModule, event: ModelEvent): Match {
    const match: Match = { event, fate: "waiting" };
    module.matches.push(match);
    module.everMatched.push(match);
    return match;
  }
}

function passes(serial: number): boolean {
  try {
    return passesFilter(serial);
  } catch {
    return false;
  }
}

export type Counts = Record<Exclude<Fate, "failed_closed" | "fate_unknown"> | CountName, number>;
type CountName = "matched" | "failed_closed" | "fate_unknown";

/** Counts by looking at each match; types that nothing matched are left out. */
export function countFates(matches: readonly Match[]): Map<SimulatedType, Counts> {
  const byType = new Map<SimulatedType, Counts>();
  for (const { event, fate } of matches) {
    let counts = byType.get(event.type);
    if (counts === undefined) {
      counts = emptyCounts();
      byType.set(event.type, counts);
    }
    counts.matched++;
    counts[fate]++;
    if (fate === "fate_unknown") counts.failed_closed++;
  }
  return byType;
}

export function emptyCounts(): Counts {
  return {
    matched: 0,
    delivered: 0,
    dropped_full: 0,
    failed_closed: 0,
    fate_unknown: 0,
    failed_serialization: 0,
    filtered: 0,
    waiting: 0,
    in_flight: 0,
  };
}
