import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventBus, type ModulePipeline } from "../../src/bus/index.js";
import type { AnyEvent, EventType } from "../../src/events/index.js";
import { silentLogger } from "../../src/log.js";
import { type Announcement, LoadedModules } from "../../src/supervisor/loaded-modules.js";
import { pipelineOptions } from "../kit/bus-pipeline.js";
import { RecordingSink } from "../kit/bus-recording-sink.js";

/** Modules without processes: each has a real pipeline, and what reaches its connection is written down. */
class Stage {
  readonly told: string[] = [];
  readonly published: string[] = [];
  readonly #events = new Map<number, AnyEvent>();
  readonly bus = new EventBus({
    encode: (event) => {
      this.#events.set(event.seq, event);
      return { bytes: new Uint8Array(1), start: 0, end: 1 };
    },
    log: silentLogger,
  });
  readonly loaded = new LoadedModules(this.bus, (name) => this.told.push(name));

  constructor() {
    this.bus.events$("ModuleLoaded").subscribe(({ payload }) => this.published.push(payload.module_name));
  }

  configure(section: string): void {
    this.bus.publish("ConfigLoaded", { changed_sections: [section] });
  }

  /** A connection of a module; every event is acknowledged unless `isStalled`. */
  connect(name: string, { isStalled = false, capacity = 100, window = 100 } = {}) {
    const sink = new RecordingSink();
    const pipeline: ModulePipeline = this.bus.openPipeline(name, sink, pipelineOptions({ capacity, window }));
    const lines: string[] = [];
    sink.onEvent = (seq) => {
      const { type, payload } = this.#events.get(seq) as AnyEvent;
      if (type === "ConfigLoaded") lines.push(`${type} ${payload.changed_sections}`);
      else lines.push("module_name" in payload ? `${type} ${payload.module_name}` : type);
      if (!isStalled) pipeline.acknowledge(seq);
    };
    const announcement: Announcement = { moduleName: name, version: "1.0.0", isAnnounced: false };
    return {
      lines,
      pipeline,
      announcement,
      subscribe: (types: readonly EventType[] = ["ModuleLoaded"], from = announcement) =>
        this.loaded.subscribe(pipeline, from, types, () => lines.push("answer")),
    };
  }
}

describe("LoadedModules", () => {
  it("answers first, then replays the others in load order, then announces the newcomer to all", () => {
    const stage = new Stage();
    const [zeta, alpha, late] = ["zeta", "alpha", "late"].map((name) => stage.connect(name));
    for (const module of [zeta, alpha, late]) module?.subscribe();
    expect(late?.lines).toEqual(["answer", "ModuleLoaded zeta", "ModuleLoaded alpha", "ModuleLoaded late"]);
    expect(zeta?.lines).toEqual(["answer", "ModuleLoaded zeta", "ModuleLoaded alpha", "ModuleLoaded late"]);
    expect(stage.loaded.names()).toEqual(["zeta", "alpha", "late"]);
    expect(stage.published).toEqual(["zeta", "alpha", "late"]);
  });

  it("announces a module that subscribes to nothing at all", () => {
    const stage = new Stage();
    const quiet = stage.connect("quiet");
    quiet.subscribe([]);
    expect(quiet.lines).toEqual(["answer"]);
    expect(stage.loaded.names()).toEqual(["quiet"]);
    expect(stage.told).toEqual(["quiet"]);
  });

  it("replays only to who newly adds the type, and announces once per load", () => {
    const stage = new Stage();
    stage.connect("early").subscribe();
    const module = stage.connect("module");
    module.subscribe(["NewBlock"]);
    expect(module.lines).toEqual(["answer"]);
    module.subscribe(["ModuleLoaded"]);
    module.subscribe(["ModuleLoaded", "ModuleLoaded"]);
    expect(module.lines).toEqual(["answer", "answer", "ModuleLoaded early", "answer"]);
    expect(stage.published).toEqual(["early", "module"]);
    expect(stage.told).toEqual(["early", "module"]);
  });

  it("replays to a connection that was made anew, and announces nothing", () => {
    const stage = new Stage();
    const first = stage.connect("module");
    stage.connect("other").subscribe();
    first.subscribe();
    stage.bus.closePipeline(first.pipeline);
    const second = stage.connect("module");
    second.subscribe(["ModuleLoaded"], first.announcement);
    expect(second.lines).toEqual(["answer", "ModuleLoaded other"]);
    expect(stage.published).toEqual(["other", "module"]);
    expect(stage.told).toEqual(["other", "module"]);
  });

  it("leaves what is held to a module that is not being stopped", () => {
    const stage = new Stage();
    const { pipeline, subscribe } = stage.connect("module");
    subscribe(["NewBlock"]);
    pipeline.hold();
    const old = { moduleName: "module", version: "1.0.0", isAnnounced: true, isStopping: () => true };
    subscribe(["ModuleLoaded"], old);
    expect(pipeline.isHeld).toBe(true);
    expect(pipeline.subscriptions.types()).toEqual(["NewBlock"]);
    subscribe(["ModuleLoaded"], { ...old, isAnnounced: false, isStopping: () => false });
    expect(pipeline.isHeld).toBe(false);
    expect(pipeline.subscriptions.types()).toEqual(["ModuleLoaded"]);
  });

  it("loses no repeated configuration of a successor to the channel that its predecessor left full", () => {
    const stage = new Stage();
    stage.configure("http");
    const { pipeline, announcement, subscribe } = stage.connect("module", {
      isStalled: true,
      capacity: 1,
      window: 1,
    });
    subscribe(["ConfigLoaded", "NodeShutdown"]);
    pipeline.hold();
    // As many as find room: critical ones have more of it.
    for (let n = 0; n < 17; n++) stage.bus.publish("NodeShutdown", { reason: "signal", timeout_seconds: 1 });
    subscribe(["ConfigLoaded", "NodeShutdown"], { ...announcement, isAnnounced: false });
    expect(stage.bus.books.getDeliveryStats("module")).toMatchObject({
      matched: 19,
      in_flight: 1,
      waiting: 18,
      dropped_full: 0,
    });
  });

  it("loses no replayed event to a channel that is full", () => {
    const stage = new Stage();
    for (const name of ["a", "b", "c", "d"]) stage.connect(name).subscribe([]);
    const tiny = stage.connect("tiny", { isStalled: true, capacity: 1, window: 1 });
    tiny.subscribe();
    expect(tiny.lines).toEqual(["answer", "ModuleLoaded a"]);
    for (let seq = 1; seq <= stage.bus.lastSeq; seq++) tiny.pipeline.acknowledge(seq);
    expect(tiny.lines.slice(1, 5)).toEqual(["a", "b", "c", "d"].map((name) => `ModuleLoaded ${name}`));
  });

  it("gives the current configuration after the loaded modules and before the newcomer's own announcement", () => {
    const stage = new Stage();
    stage.connect("early").subscribe(["ConfigLoaded"]);
    stage.configure("http");
    stage.configure("log");
    const late = stage.connect("late");
    late.subscribe(["ConfigLoaded", "ModuleLoaded"]);
    expect(late.lines).toEqual(["answer", "ModuleLoaded early", "ConfigLoaded log", "ModuleLoaded late"]);
  });

  it("gives no configuration before one is known, nor to who did not ask, nor twice", () => {
    const stage = new Stage();
    const early = stage.connect("early");
    early.subscribe(["ConfigLoaded"]);
    expect(early.lines).toEqual(["answer"]);
    stage.configure("http");
    early.subscribe(["ConfigLoaded", "NewBlock"]);
    expect(early.lines).toEqual(["answer", "ConfigLoaded http", "answer"]);
    const other = stage.connect("other");
    other.subscribe(["ModuleLoaded"]);
    expect(other.lines).toEqual(["answer", "ModuleLoaded early", "ModuleLoaded other"]);
    other.subscribe(["ConfigLoaded", "ConfigLoaded"]);
    expect(other.lines.slice(3)).toEqual(["answer", "ConfigLoaded http"]);
  });

  it("loses no repeated configuration to a channel that is full, and holds at most one in reserve", () => {
    const stage = new Stage();
    stage.configure("http");
    const tiny = stage.connect("tiny", { isStalled: true, capacity: 1, window: 1 });
    tiny.subscribe(["NewBlock", "NodeShutdown"]);
    // Critical events may use sixteen more places than others: with these, all are taken.
    for (let n = 0; n < 30; n++) stage.bus.publish("NodeShutdown", { reason: "x", timeout_seconds: 1 });
    const waiting = tiny.pipeline.waitingEvents;
    tiny.subscribe(["ConfigLoaded"]);
    expect(tiny.pipeline.waitingEvents).toBe(waiting + 1);
    for (let n = 0; n < 100; n++) {
      tiny.pipeline.unsubscribe("ConfigLoaded");
      tiny.subscribe(["ConfigLoaded"]);
    }
    expect(tiny.pipeline.waitingEvents).toBe(waiting + 1);
    for (let seq = 1; seq <= stage.bus.lastSeq; seq++) tiny.pipeline.acknowledge(seq);
    expect(tiny.lines.filter((line) => line.startsWith("ConfigLoaded"))).toEqual(["ConfigLoaded http"]);
  });

  it("gives a configuration that is published while a module subscribes once", () => {
    const stage = new Stage();
    stage.configure("http");
    const late = stage.connect("late");
    stage.bus.events$("NewBlock").subscribe(() => {
      stage.configure("log");
      late.subscribe(["ConfigLoaded"]);
    });
    stage.bus.publish("NewBlock", { block_hash: "00".repeat(32), height: 1 });
    expect(late.lines).toEqual(["answer", "ConfigLoaded log"]);
  });

  it("forgets a module that is gone, and puts it last when it comes again", () => {
    const stage = new Stage();
    for (const name of ["one", "two"]) stage.connect(name).subscribe();
    stage.loaded.forget("one");
    expect(stage.loaded.names()).toEqual(["two"]);
    stage.connect("one").subscribe();
    expect(stage.loaded.names()).toEqual(["two", "one"]);
  });

  it("keeps the order when a module subscribes while another's announcement is being delivered", () => {
    const stage = new Stage();
    const late = stage.connect("late");
    let isDone = false;
    stage.bus.events$("ModuleLoaded").subscribe(() => {
      if (isDone) return;
      isDone = true;
      late.subscribe();
    });
    const first = stage.connect("first");
    first.subscribe();
    expect(late.lines).toEqual(["answer", "ModuleLoaded first", "ModuleLoaded late"]);
    expect(first.lines).toEqual(["answer", "ModuleLoaded first", "ModuleLoaded late"]);
  });

  it("tells every subscriber of each load exactly once, whatever the order of events", () => {
    const names = ["a", "b", "c", "d"] as const;
    const step = fc.record({
      name: fc.constantFrom(...names),
      action: fc.constantFrom("load" as const, "unload" as const, "subscribe again" as const),
      isNested: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const stage = new Stage();
        const running = new Map<string, ReturnType<Stage["connect"]>>();
        const order: string[] = [];
        const run = ({ name, action }: (typeof steps)[number]) => {
          const module = running.get(name);
          if (action === "load" && module === undefined) {
            const loaded = stage.connect(name);
            running.set(name, loaded);
            loaded.subscribe();
            order.push(name);
          } else if (action === "unload" && module !== undefined) {
            stage.bus.closePipeline(module.pipeline);
            stage.loaded.forget(name);
            running.delete(name);
            order.splice(order.indexOf(name), 1);
          } else if (action === "subscribe again") module?.subscribe();
        };
        for (const each of steps) {
          if (each.isNested) stage.bus.atTurn(() => run(each));
          else run(each);
          expect(stage.loaded.names()).toEqual(order);
        }
        for (const [name, { lines }] of running) {
          const loads = lines.filter((line) => line.startsWith("ModuleLoaded"));
          const own = loads.indexOf(`ModuleLoaded ${name}`);
          // Before its own: those that were loaded then, each once. After it: later loads as they came.
          expect(own).toBeGreaterThanOrEqual(0);
          expect(new Set(loads.slice(0, own + 1)).size).toBe(own + 1);
          const alive = order.filter((other) => other !== name).map((other) => `ModuleLoaded ${other}`);
          for (const other of alive) expect(loads).toContain(other);
        }
      }),
      { numRuns: 200 },
    );
  });
});
