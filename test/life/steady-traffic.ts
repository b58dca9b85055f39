import type { EventBus } from "../../src/bus/index.js";
import { exampleEvent } from "../../src/events/index.js";

const TICK_MS = 2;

/** Events that are published at an even pace until somebody stops it. */
export interface Traffic {
  /** Publishes no more. @returns the seqs of all that it published, in order */
  stop(): readonly number[];
  readonly count: number;
}

/** Publishes `perSecond` events a second; what a busy processor holds up is made up for. */
export function startTraffic(bus: EventBus, perSecond: number): Traffic {
  const payload = exampleEvent("MempoolTransactionAdded");
  const seqs: number[] = [];
  const startMs = performance.now();
  const timer = setInterval(() => {
    const due = ((performance.now() - startMs) * perSecond) / 1000;
    while (seqs.length < due) seqs.push(bus.publish("MempoolTransactionAdded", payload));
  }, TICK_MS);
  return {
    get count() {
      return seqs.length;
    },
    stop() {
      clearInterval(timer);
      return seqs;
    },
  };
}
