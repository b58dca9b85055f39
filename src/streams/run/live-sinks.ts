import type { Logger } from "../../log.js";
import type { PreparedStreamSink } from "../prepared-stream.js";
import type { StreamPorts } from "../running-stream.js";
import type { OpenSink } from "../sink.js";
import { SinkBuffer } from "../sinks/sink-buffer.js";
import { StepCounters } from "../step-counters.js";
import type { StreamItem } from "../stream-item.js";
import { stepEvaluation } from "./step-evaluation.js";

export interface LiveSinksDeps {
  readonly streamName: string;
  readonly ports: StreamPorts;
  readonly log: Logger;
  readonly onRoom: () => void;
  readonly openSink?: ((sink: PreparedStreamSink) => OpenSink) | undefined;
}

interface LiveSink {
  readonly id: string;
  readonly buffer: SinkBuffer;
}

/** The open sinks of one stream. Each gets every item through a buffer of its own, so that none holds up another. */
export class LiveSinks {
  readonly counters: readonly (readonly [string, StepCounters])[];
  readonly #sinks: readonly LiveSink[];

  /** @throws what a sink throws that can't be opened; those that were open already are closed then */
  constructor(prepared: readonly PreparedStreamSink[], deps: LiveSinksDeps) {
    const sinks: LiveSink[] = [];
    const counters: [string, StepCounters][] = [];
    try {
      for (const sink of prepared) {
        const own = new StepCounters();
        sinks.push({ id: sink.id, buffer: openBuffer(sink, own, deps) });
        counters.push([sink.id, own]);
      }
    } catch (error) {
      for (const { buffer } of sinks) void buffer.close(AbortSignal.abort());
      throw error;
    }
    this.#sinks = sinks;
    this.counters = counters;
  }

  get isBlocked(): boolean {
    for (const { buffer } of this.#sinks) if (buffer.isFull) return true;
    return false;
  }

  /** Gives the item to every sink, in the order of the file; `passed` is told before each. */
  offer(item: StreamItem, passed: (id: string, item: StreamItem) => void): void {
    for (const { id, buffer } of this.#sinks) {
      passed(id, item);
      buffer.offer(item);
    }
  }

  /** Lets all of them write what they hold until the signal ends. Never rejects. */
  async close(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#sinks.map(({ buffer }) => buffer.close(signal)));
  }
}

function openBuffer(
  sink: PreparedStreamSink,
  counters: StepCounters,
  { streamName, ports, log: streamLog, onRoom, openSink }: LiveSinksDeps,
): SinkBuffer {
  const { id, prepared, buffer } = sink;
  const log = streamLog.child({ sink: id });
  const { scheduler } = ports;
  const evaluate = stepEvaluation({ counters, log }, "skip");
  const open =
    openSink?.(sink) ?? prepared.open({ streamName, id, scheduler, counters, log, evaluate, ports });
  return new SinkBuffer(open, { counters, log, scheduler, onRoom }, buffer);
}
