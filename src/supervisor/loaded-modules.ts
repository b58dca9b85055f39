import type { EventBus, EventFilter, ModulePipeline } from "../bus/index.js";
import type { EventPayload, EventType } from "../events/index.js";

/** What one load of a module keeps of its announcement; a reconnect uses the same one and announces nothing. */
export interface Announcement {
  readonly moduleName: string;
  readonly version: string;
  isAnnounced: boolean;
  /** The module is being stopped: what its pipeline holds from then on is its successor's. */
  readonly isStopping?: () => boolean;
}

/**
 * Which modules are loaded, in load order, and which configuration is in force, as the event stream itself tells it: a
 * module is loaded when its own ModuleLoaded was published, at its first SubscribeEvents.
 *
 * {@link subscribe} keeps the order of delivery.md, promise 9: answer; one ModuleLoaded for each module that is loaded,
 * in load order; the last ConfigLoaded, if there was one; then the newcomer's own ModuleLoaded, to all. What is
 * repeated goes to the newcomer alone, and only when the type is new to it. On each connection the first repetition of
 * a type has reserved room; a module that unsubscribes and subscribes again takes its chances with a full channel.
 */
export class LoadedModules {
  readonly #bus: EventBus;
  readonly #versions = new Map<string, string>();
  readonly #onLoaded: (moduleName: string) => void;
  #config: EventPayload<"ConfigLoaded"> | undefined;
  /** Connections that were given the configuration, and the loaded modules, in reserved room. */
  readonly #toldConfig = new WeakSet<ModulePipeline>();
  readonly #toldLoads = new WeakSet<ModulePipeline>();

  constructor(bus: EventBus, onLoaded: (moduleName: string) => void) {
    this.#bus = bus;
    this.#onLoaded = onLoaded;
    // Followed from the stream, not from the call that publishes: an announcement that still waits its turn reaches
    // newcomers as an event, and must not be replayed to them as well.
    bus.events$("ModuleLoaded").subscribe(({ payload }) => {
      this.#versions.set(payload.module_name, payload.version);
    });
    bus.events$("ConfigLoaded").subscribe(({ payload }) => {
      this.#config = payload;
    });
  }

  /** Names in load order. */
  names(): string[] {
    return [...this.#versions.keys()];
  }

  /**
   * Adds types to a module's subscription, with the filters that some of them have; the first call of a load announces
   * the module.
   */
  subscribe(
    pipeline: ModulePipeline,
    announcement: Announcement,
    types: readonly EventType[],
    onAccepted: () => void,
    filters: ReadonlyMap<EventType, EventFilter> = new Map(),
  ): void {
    this.#bus.atTurn(() => {
      onAccepted();
      // A successor takes over what was held for it, and knows nothing of what its predecessor was told.
      const isSuccessor = announcement.isStopping?.() !== true && pipeline.release(types, filters);
      if (isSuccessor) {
        this.#toldConfig.delete(pipeline);
        this.#toldLoads.delete(pipeline);
      }
      const newTypes = new Set<EventType>();
      // Who subscribes while it is being stopped is answered and changes nothing: what is held is for its successor.
      for (const type of pipeline.isHeld ? [] : types) {
        const isNew = this.#bus.subscribe(pipeline, type, filters.get(type));
        if (isNew || isSuccessor) newTypes.add(type);
      }
      if (newTypes.has("ModuleLoaded")) this.#replayLoads(pipeline, announcement.moduleName);
      if (newTypes.has("ConfigLoaded")) this.#replayConfig(pipeline);
      if (announcement.isAnnounced) return;
      announcement.isAnnounced = true;
      const { moduleName, version } = announcement;
      this.#bus.publish("ModuleLoaded", { module_name: moduleName, version });
      this.#bus.atTurn(() => this.#onLoaded(moduleName));
    });
  }

  /** The module is gone; a later load announces it anew. */
  forget(moduleName: string): void {
    this.#bus.atTurn(() => this.#versions.delete(moduleName));
  }

  #replayConfig(pipeline: ModulePipeline): void {
    if (this.#config === undefined) return;
    const hasReservedRoom = !this.#toldConfig.has(pipeline);
    this.#toldConfig.add(pipeline);
    this.#bus.publishTo(pipeline, "ConfigLoaded", this.#config, hasReservedRoom);
  }

  #replayLoads(pipeline: ModulePipeline, exceptName: string): void {
    const hasReservedRoom = !this.#toldLoads.has(pipeline);
    this.#toldLoads.add(pipeline);
    for (const [moduleName, version] of this.#versions) {
      if (moduleName === exceptName) continue;
      this.#bus.publishTo(pipeline, "ModuleLoaded", { module_name: moduleName, version }, hasReservedRoom);
    }
  }
}
