import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { map } from "rxjs";
import { describe, expect, it } from "vitest";
import { monotonicScheduler } from "../../src/clock.js";
import {
  type AnyEvent,
  type EventType,
  eventTypes,
  exampleEvent,
  resolveAlias,
} from "../../src/events/index.js";
import { silentLogger } from "../../src/log.js";
import { readStream, startStream } from "../../src/streams/index.js";
import { itemOf } from "../../src/streams/step.js";
import { shortForm } from "../kit/campaign.js";
import { realBus } from "../kit/real-bus.js";
import { kindsOf, SinkBook } from "../kit/streams-kinds.js";
import { linearFit } from "./linear-fit.js";

const STREAMS = 100;
const SAMPLES = 10;
const events = shortForm(1_000_000, 200_000);
/** Memory that the runtime counts is exact to some hundred kilobytes after a collection. */
const COUNTED_NOISE_BYTES = 512 * 1024;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function countedBytes(): number {
  for (let n = 0; n < 3; n++) collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe(`${STREAMS} streams after ${events} events`, () => {
  it("hold the memory that they held after the first ones", async () => {
    const bus = realBus();
    const book = new SinkBook();
    let written = 0;
    const sink = {
      write: () => {
        written++;
      },
      close: async () => {},
    };
    book.open = () => sink;
    const types = eventTypes.filter((type) => resolveAlias(type) === type).slice(0, STREAMS);
    const ports = {
      scheduler: monotonicScheduler,
      log: silentLogger,
      filesDir: "",
      stdout: { write: () => true },
      events$: (...wanted: readonly EventType[]) =>
        bus.events$(...wanted).pipe(map((event) => itemOf(event as AnyEvent, 0))),
    };
    const streams = Array.from({ length: STREAMS }, (_, n) =>
      startStream(
        readStream(
          `{ version: 1, name: s${n}, source: { events: [${types[n % types.length]}] }, steps: [
            { id: some, filter: 'event.seq % 2.0 == 0.0' }, { id: all, pass: {} } ],
            sinks: [ { id: out, book: {} } ] }`,
          "s.yaml",
          kindsOf(book),
        ),
        ports,
      ),
    );
    const payloads = types.map((type) => exampleEvent(type));
    const samples: [number, number][] = [];
    for (let n = 1; n <= events; n++) {
      const at = (n >> 1) % types.length;
      bus.publish(types[at] as EventType, payloads[at] as never);
      if (n % (events / SAMPLES) === 0) samples.push([n, countedBytes()]);
    }
    const handled = streams.reduce((sum, { counters }) => sum + (counters.get("some")?.in ?? 0), 0);
    expect(handled).toBe((events * STREAMS) / types.length);
    expect(written).toBe(handled / 2);
    expect(linearFit(samples.slice(3)).slope * events).toBeLessThan(COUNTED_NOISE_BYTES);
    await Promise.all(streams.map((stream) => stream.close({ signal: AbortSignal.abort() })));
  });
});
