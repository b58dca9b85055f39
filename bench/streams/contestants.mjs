// @ts-check
import { EVENT_TYPE, LIST_ITEMS, WINDOW_MS } from "./workload.mjs";

/** @typedef {import("./workload.mjs").Findings} Findings */
/** @typedef {import("./workload.mjs").Workload} Workload */
/** @typedef {import("../../dist/events/index.js").EventPayload<"MempoolTransactionAdded">} Payload */

/**
 * One that takes events; `finish` ends the flow and tells what was found.
 * @typedef {object} Contestant
 * @property {(payload: Payload) => void} give
 * @property {() => Findings} finish
 */

/** @type {Record<string, (workload: Workload) => Promise<Contestant>>} */
export const contestants = {
  /** The bus alone, with a subscriber that does nothing: what the others' cost is added to. */
  async bus() {
    const bus = await openBus();
    bus.events$(EVENT_TYPE).subscribe(() => {});
    return onBus(bus, nothingFound());
  },

  /** The steps of a YAML stream on the bus. */
  async engine({ above, window }) {
    const streams = await import("../../dist/streams/index.js");
    const { itemOf } = await import("../../dist/streams/step.js");
    const { monotonicScheduler } = await import("../../dist/clock.js");
    const { silentLogger: log } = await import("../../dist/log.js");
    const { map, NEVER } = await import("rxjs");
    const bus = await openBus();
    const steps = [
      ["filter", `event.payload.fee_rate > ${above}`],
      [
        "window",
        window === "count" ? { count: LIST_ITEMS } : { tumbling: `${WINDOW_MS}ms`, max: LIST_ITEMS },
      ],
      ["map", '{"items": size(events), "last": events[size(events) - 1].payload.fee_rate}'],
    ];
    /** @type {import("../../dist/expressions/index.js").ItemShape} */
    let input = { kind: "event", types: [EVENT_TYPE] };
    let flow$ = bus.events$(EVENT_TYPE).pipe(map((event) => itemOf(event, 0)));
    for (const [kind, options] of steps) {
      const definition = streams.stepDefinitions.find((known) => known.kind === kind);
      if (definition === undefined) throw new Error(`there is no step ${kind}`);
      const prepared = streams.prepareStep(definition, options, { id: String(kind), input });
      const counters = new streams.StepCounters();
      flow$ = flow$.pipe(
        streams.countedStep(prepared, {
          scheduler: monotonicScheduler,
          counters,
          log,
          evaluate: streams.stepEvaluation({ counters, log }, "fail"),
          events$: () => NEVER,
          carried: () => undefined,
          keep: () => {},
        }),
      );
      input = prepared.output;
    }
    const found = nothingFound();
    flow$.subscribe(({ value }) => note(found, /** @type {{ items: number, last: number }} */ (value)));
    return onBus(bus, found);
  },

  /** The same on the bus as somebody writes it by hand with RxJS; nothing is counted and an error ends it. */
  async rxjs({ above, window }) {
    const { bufferCount, bufferTime, filter, map } = await import("rxjs");
    const bus = await openBus();
    const found = nothingFound();
    bus
      .events$(EVENT_TYPE)
      .pipe(
        filter(({ payload }) => payload.fee_rate > above),
        window === "count" ? bufferCount(LIST_ITEMS) : bufferTime(WINDOW_MS, null, LIST_ITEMS),
        filter((events) => events.length > 0),
        map((events) => ({ items: events.length, last: events.at(-1)?.payload.fee_rate ?? 0 })),
      )
      .subscribe((list) => note(found, list));
    return onBus(bus, found);
  },

  /** A function and an array, without a bus. */
  async loop({ above, window }) {
    const found = nothingFound();
    /** @type {Payload[]} */
    let list = [];
    let endMs = 0;
    const emit = () => {
      note(found, { items: list.length, last: list[list.length - 1]?.fee_rate ?? 0 });
      list = [];
    };
    return {
      give(payload) {
        if (payload.fee_rate <= above) return;
        if (window === "time") {
          const nowMs = performance.now();
          if (nowMs >= endMs) {
            if (list.length > 0) emit();
            endMs = nowMs + WINDOW_MS;
          }
        }
        list.push(payload);
        if (list.length === LIST_ITEMS) emit();
      },
      finish() {
        if (list.length > 0) emit();
        return found;
      },
    };
  },
};

async function openBus() {
  const { EventBus } = await import("../../dist/bus/index.js");
  const { silentLogger: log } = await import("../../dist/log.js");
  return new EventBus({ encode: () => new Uint8Array(0), log });
}

/**
 * @param {import("../../dist/bus/index.js").EventBus} bus
 * @param {Findings} found
 * @returns {Contestant}
 */
function onBus(bus, found) {
  return {
    give: (payload) => void bus.publish(EVENT_TYPE, payload),
    finish() {
      bus.close();
      return found;
    },
  };
}

/** @returns {Findings} */
function nothingFound() {
  return { lists: 0, items: 0, lastFees: 0 };
}

/**
 * @param {Findings} found
 * @param {{ items: number, last: number }} list
 */
function note(found, { items, last }) {
  found.lists++;
  found.items += items;
  found.lastFees += last;
}
