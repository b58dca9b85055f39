import { type EventPayload, type EventType, parsePayload } from "../../../src/events/index.js";
import type { ProcessReader, ProcessSample } from "../../../src/supervisor/monitor/proc-sample.js";
import { type LimitsOptions, limitsOptions } from "../../../src/supervisor/options.js";
import { virtualClock } from "../../kit/ipc-virtual-clock.js";
import { recordingLog } from "../../kit/process-recording-log.js";

export const MIB = 1024 * 1024;

/** Round limits, so that a percentage is read off the figures. */
export const roundLimits: LimitsOptions = limitsOptions.parse({
  max_cpu_percent: 100,
  max_memory_bytes: 100 * MIB,
  max_file_descriptors: 100,
  max_child_processes: 100,
  max_data_bytes: 100 * MIB,
});

/** An idle process. */
export const idle: ProcessSample = { cpuMs: 0, memoryBytes: 10 * MIB, descriptors: 10, children: 0 };

export interface TimedEvent {
  readonly atMs: number;
  readonly type: EventType;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** A clock that the test moves, the events that were published, checked against the catalogue, and the log. */
export function monitorStage() {
  const clock = virtualClock();
  const log = recordingLog();
  const events: TimedEvent[] = [];
  const publish = <T extends EventType>(type: T, payload: EventPayload<T>): number => {
    const parsed = parsePayload(type, payload);
    if (!parsed.ok) throw new Error(`${type} does not fit its schema: ${JSON.stringify(parsed)}`);
    events.push({ atMs: clock.nowMs, type, payload: payload as unknown as TimedEvent["payload"] });
    return events.length;
  };
  const only = (type: EventType) => events.filter((event) => event.type === type);
  return { clock, log, events, only, publish, scheduler: clock.scheduler };
}

/** A reader that answers what the test put there; a pid without an answer is gone. */
export function scriptedReader() {
  const samples = new Map<number, ProcessSample>();
  const asked: (readonly number[])[] = [];
  let isClosed = false;
  const reader: ProcessReader = {
    sample(pids) {
      asked.push(pids);
      return new Map([...samples].filter(([pid]) => pids.includes(pid)));
    },
    close() {
      isClosed = true;
    },
  };
  return {
    reader,
    samples,
    asked,
    get isClosed() {
      return isClosed;
    },
  };
}

/** Lets what hangs on promises go on. */
export async function settle(turns = 5): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}
