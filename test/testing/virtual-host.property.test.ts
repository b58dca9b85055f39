import fc from "fast-check";
import { VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import type { DeliveryCounts } from "../../src/bus/index.js";
import { type EventType, exampleEvent } from "../../src/events/index.js";
import { type VirtualHost, type VirtualModuleOptions, virtualHost } from "../../src/testing/index.js";

const NAMES = ["alpha", "beta", "gamma"] as const;
type Name = (typeof NAMES)[number];
const TYPES = ["NewTransaction", "NewBlock", "ChainReorg", "ModuleLoaded"] as const;

const moduleName = fc.constantFrom(...NAMES);
const subscribeTo = fc.uniqueArray(fc.constantFrom(...TYPES));
const publishedType = fc.constantFrom("NewTransaction", "NewTransaction", "NewBlock", "ChainReorg");

type Action =
  | { readonly do: "publish"; readonly type: (typeof TYPES)[number]; readonly times: number }
  | { readonly do: "subscribe" | "unsubscribe"; readonly module: Name; readonly types: readonly EventType[] }
  | { readonly do: "kill" | "stop" | "resume"; readonly module: Name };

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant("publish" as const),
      type: publishedType,
      times: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("subscribe" as const), module: moduleName, types: subscribeTo }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("unsubscribe" as const), module: moduleName, types: subscribeTo }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("kill" as const, "stop" as const, "resume" as const),
      module: moduleName,
    }),
  },
);
const behaviour: fc.Arbitrary<VirtualModuleOptions> = fc.record({
  types: subscribeTo,
  handlerMs: fc.constantFrom(0, 0, 1, 4),
});
const story = fc.record({
  delivery: fc.record({ capacity: fc.integer({ min: 1, max: 3 }), window: fc.integer({ min: 1, max: 3 }) }),
  modules: fc.tuple(behaviour, behaviour, behaviour),
  // Several actions may fall into one millisecond, in any order.
  actions: fc.array(fc.tuple(fc.nat({ max: 40 }), action), { size: "large", maxLength: 80 }),
  replies: fc.boolean(),
});

/** Undefined when the books balance. */
function imbalance(c: DeliveryCounts): string | undefined {
  const fates =
    c.delivered +
    c.dropped_full +
    c.failed_closed +
    c.failed_serialization +
    c.filtered +
    c.waiting +
    c.in_flight;
  const isPossible = Math.min(...Object.values(c).filter((count) => typeof count === "number")) >= 0;
  return c.matched === fates && isPossible && c.fate_unknown <= c.failed_closed
    ? undefined
    : JSON.stringify(c);
}

/** Which seqs each connection of each module had subscribed to, as a witness beside the bus notes it. */
class Witness {
  readonly matched = new Map<Name, number[][]>(NAMES.map((name) => [name, []]));
  readonly #connections = new Map<Name, unknown>();

  constructor(host: VirtualHost) {
    const { bus } = host;
    const publishTo = bus.publishTo.bind(bus);
    // What is meant for one module alone goes past all$.
    bus.publishTo = (pipeline, ...rest) => {
      const seq = publishTo(pipeline, ...rest);
      this.#note(host, pipeline.moduleName as Name, seq);
      return seq;
    };
    host.bus.all$.subscribe(({ seq, type }) => {
      for (const name of NAMES) {
        if (host.bus.getSubscribers(type).includes(name)) this.#note(host, name, seq);
      }
    });
  }

  #note(host: VirtualHost, name: Name, seq: number): void {
    const pipeline = host.pipeline(name);
    const connections = this.matched.get(name) ?? [];
    if (this.#connections.get(name) !== pipeline) connections.push([]);
    this.#connections.set(name, pipeline);
    connections.at(-1)?.push(seq);
  }
}

/** What arrived on each connection, split at its end. */
function connectionsOf(host: VirtualHost, name: Name) {
  const connections: {
    events: number[];
    gaps: { from: number; to: number; count: number }[];
    marks: number[];
  }[] = [];
  let isOpen = false;
  for (const { what } of host.module(name).received) {
    if (!isOpen) connections.push({ events: [], gaps: [], marks: [] });
    isOpen = what.kind !== "closed";
    const current = connections.at(-1);
    if (what.kind === "event") {
      current?.events.push(what.seq);
      current?.marks.push(what.seq);
    } else if (what.kind === "gap") {
      current?.gaps.push({ from: what.fromSeq, to: what.toSeq, count: what.count });
      current?.marks.push(what.fromSeq, ...(what.fromSeq === what.toSeq ? [] : [what.toSeq]));
    }
  }
  return connections;
}

function act(host: VirtualHost, step: Action): void {
  switch (step.do) {
    case "publish":
      for (let n = 0; n < step.times; n++) host.publish(step.type, exampleEvent(step.type));
      return;
    case "subscribe":
    case "unsubscribe":
      return host.module(step.module)[step.do](step.types);
    case "kill":
    case "stop":
    case "resume":
      return host.module(step.module)[step.do]();
    default:
      step satisfies never;
  }
}

function play({
  delivery,
  modules,
  actions,
  replies,
}: typeof story extends fc.Arbitrary<infer Story> ? Story : never) {
  const scheduler = new VirtualTimeScheduler();
  const host = virtualHost({
    scheduler,
    delivery,
    modules: Object.fromEntries(NAMES.map((name, n) => [name, modules[n] as VirtualModuleOptions])),
  });
  if (replies)
    host.bus.events$("NewBlock").subscribe(() => host.publish("ChainReorg", exampleEvent("ChainReorg")));
  const witness = new Witness(host);
  for (const [atMs, step] of actions) scheduler.schedule(() => act(host, step), atMs + 1);
  const problems: (string | undefined)[] = [];
  const checkBooks = () => {
    for (const name of NAMES) {
      const stats = host.books(name);
      if (stats === undefined) continue;
      for (const counts of [stats, ...Object.values(stats.by_type)]) problems.push(imbalance(counts));
      if ((host.pipeline(name)?.inFlightEvents ?? 0) > delivery.window)
        problems.push(`${name} exceeds its window`);
    }
  };
  for (let ms = 1; ms < 50; ms++) scheduler.schedule(checkBooks, ms + 0.5);
  for (const name of NAMES) scheduler.schedule(() => host.module(name).resume(), 60);
  scheduler.maxFrames = 5000;
  scheduler.flush();
  checkBooks();
  expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  return { host, witness };
}

describe("a virtual host through any story of publishes, stalls, deaths and subscriptions", () => {
  it("keeps order, delivers nothing twice, explains every gap and settles its books", () => {
    const seen = { gaps: 0, dropped: 0, unknown: 0, handled: 0 };
    fc.assert(
      fc.property(story, (told) => {
        const { host, witness } = play(told);
        for (const name of NAMES) {
          for (const { events, gaps, marks } of connectionsOf(host, name)) {
            expect(marks).toEqual([...new Set(marks)].toSorted((a, b) => a - b));
            seen.gaps += gaps.length;
            expect(new Set(events).size).toBe(events.length);
          }
          const arrived = new Set(connectionsOf(host, name).flatMap(({ events }) => events));
          const lost = (witness.matched.get(name) ?? []).flat().filter((seq) => !arrived.has(seq));
          for (const { from, to, count } of connectionsOf(host, name).flatMap(({ gaps }) => gaps)) {
            const inside = lost.filter((seq) => seq >= from && seq <= to);
            expect([inside[0], inside.at(-1), inside.length]).toEqual([from, to, count]);
          }
          const stats = host.books(name);
          if (stats === undefined) continue;
          const told = connectionsOf(host, name).reduce(
            (sum, { gaps }) => sum + gaps.reduce((all, { count }) => all + count, 0),
            0,
          );
          expect(stats).toMatchObject({ waiting: 0, in_flight: 0 });
          expect(told).toBeLessThanOrEqual(stats.dropped_full);
          if (host.module(name).isConnected && stats.failed_closed === 0)
            expect(lost.length).toBe(stats.dropped_full);
          const handled = host.module(name).handled.length;
          expect(handled).toBeGreaterThanOrEqual(stats.delivered);
          expect(handled).toBeLessThanOrEqual(stats.delivered + stats.fate_unknown);
          seen.dropped += stats.dropped_full;
          seen.unknown += stats.fate_unknown;
          seen.handled += handled;
        }
        host.close();
      }),
      { numRuns: 100 },
    );
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(50);
  }, 120_000);

  it("gives the same deliveries to the millisecond for the same story", () => {
    fc.assert(
      fc.property(story, (told) => {
        const [one, other] = [play(told).host, play(told).host];
        for (const name of NAMES) {
          expect(one.module(name).received).toEqual(other.module(name).received);
          expect(one.books(name)).toEqual(other.books(name));
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe("ModuleLoaded on a virtual host", () => {
  const comings = fc.array(fc.tuple(moduleName, fc.constantFrom("subscribe" as const, "kill" as const)), {
    minLength: 1,
    maxLength: 20,
  });

  it("tells every connection of all that are loaded, in load order, then of itself, then of newcomers", () => {
    fc.assert(
      fc.property(comings, (steps) => {
        const scheduler = new VirtualTimeScheduler();
        const host = virtualHost({ scheduler, modules: { alpha: {}, beta: {}, gamma: {} } });
        const loaded: Name[] = [];
        const expected = new Map<Name, string[][]>(NAMES.map((name) => [name, []]));
        for (const [n, [name, step]] of steps.entries()) {
          scheduler.schedule(() => {
            if (step === "kill") host.module(name).kill();
            else host.module(name).subscribe(["ModuleLoaded"]);
          }, n + 1);
          if (step === "kill") {
            if (loaded.includes(name)) loaded.splice(loaded.indexOf(name), 1);
          } else if (!loaded.includes(name)) {
            expected.get(name)?.push([...loaded]);
            loaded.push(name);
            for (const each of loaded) expected.get(each)?.at(-1)?.push(name);
          }
        }
        scheduler.maxFrames = steps.length + 10;
        scheduler.flush();
        for (const name of NAMES) {
          const told: string[][] = [];
          let isOpen = false;
          for (const { what } of host.module(name).received) {
            if (!isOpen) told.push([]);
            isOpen = what.kind !== "closed";
            if (what.kind === "event")
              told.at(-1)?.push((what.payload as { module_name: string }).module_name);
          }
          expect(told).toEqual(expected.get(name));
        }
        host.close();
      }),
    );
  });
});
