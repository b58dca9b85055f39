import { filter, Subject } from "rxjs";
import { TestScheduler } from "rxjs/testing";
import type { EventType } from "../../../src/events/index.js";
import { type StreamItem, type StreamPorts, StreamSet } from "../../../src/streams/index.js";
import { recordingLog } from "../../kit/process-recording-log.js";

export interface Line {
  readonly stream: string;
  readonly text: string;
}

interface StreamSetKit {
  readonly maxStreams?: number;
  /** Stands in for what a stream is lent otherwise. */
  readonly ports?: Partial<StreamPorts>;
}

/** A set of streams on virtual time, fed by hand; what their stdout sinks write is kept as lines. */
export function streamSet({ maxStreams = 10, ports = {} }: StreamSetKit = {}) {
  const scheduler = new TestScheduler(() => {});
  const events$ = new Subject<StreamItem>();
  const log = recordingLog();
  const lines: Line[] = [];
  let seq = 0;
  const portsOf = (stream: string): StreamPorts => ({
    scheduler,
    log,
    filesDir: "/nowhere",
    events$: (...types) =>
      events$.pipe(filter(({ value }) => types.includes((value as { type: EventType }).type))),
    stdout: {
      write(text, written) {
        lines.push({ stream, text: text.trim() });
        written();
        return true;
      },
    },
    ...ports,
  });
  const set = new StreamSet({ log, portsOf, wallClockMs: () => 1000, random: () => 0 }, { maxStreams });
  return {
    set,
    log,
    lines,
    scheduler,
    event(height: number, type: EventType = "NewBlock") {
      seq++;
      const payload = { block_hash: "00".repeat(32), height };
      const value = { seq, type, payload, timestamp_ms: 0, source: "node" };
      events$.next({ value, seq, timestampMs: 0, hops: 0 });
    },
    /** What has to be done between two turns of the real event loop. */
    settle: async () => {
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    },
    advance(byMs: number) {
      scheduler.maxFrames = scheduler.now() + byMs * TestScheduler.frameTimeFactor;
      scheduler.flush();
    },
  };
}

/** The text of a stream of blocks. */
export function stream(name: string, steps: string, onReload = "flush"): string {
  return `version: 1
name: ${name}
on_reload: ${onReload}
source: { events: [NewBlock] }
steps:
  ${steps}
sinks:
  - { id: out, stdout: { format: ndjson } }
`;
}

export const height = "- { id: height, map: 'event.payload.height' }";
export const count = "- { id: sum, scan: { seed: 0, with: 'acc + 1' } }";
