import { type LinearFit, linearFit } from "./linear-fit.js";
import type { HostMemory, MeasuredHost } from "./measured-host.js";

export interface MemorySample extends HostMemory {
  /** Events published so far. */
  readonly published: number;
}

const SAMPLES = 20;
/** The first part of the samples shows caches and pools that fill once. */
const WARM_UP_SHARE = 0.3;
/** Of the events, this part comes no faster than the module handles it; the rest comes in bursts that mostly drop. */
const PACED_SHARE = 0.05;
const BURST = 10_000;

/** Publishes `events` events through a host and one module, and looks at the host's memory twenty times meanwhile. */
export async function sampleMemory(
  host: MeasuredHost,
  module: string,
  events: number,
): Promise<MemorySample[]> {
  const samples: MemorySample[] = [];
  const perSample = Math.ceil(events / SAMPLES);
  const paced = Math.round(perSample * PACED_SHARE);
  for (let n = 1; n <= SAMPLES; n++) {
    await host.publish({ count: paced, paceBy: module });
    await host.publish({ count: perSample - paced, batch: BURST });
    samples.push({ published: n * perSample, ...(await host.memory()) });
  }
  return samples;
}

/** Bytes of one kind of memory per event, after the warm-up. */
export function bytesPerEvent(
  samples: readonly MemorySample[],
  sizeOf: (sample: MemorySample) => number,
): LinearFit {
  const settled = samples.slice(Math.floor(samples.length * WARM_UP_SHARE));
  return linearFit(settled.map((sample) => [sample.published, sizeOf(sample)] as const));
}
