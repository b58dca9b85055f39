// @ts-check
import { EventBus } from "../../dist/bus/index.js";
import { eventTypes, exampleEvent } from "../../dist/events/index.js";
import {
  createEventEncoder,
  createMessagePackCodec,
  HOST_BODY_LIMITS,
  TrafficBooks,
} from "../../dist/ipc/index.js";
import { createMetrics } from "../../dist/metrics/index.js";
import { requestDefinition, requestNames } from "../../dist/requests/index.js";
import { LifeBooks } from "../../dist/supervisor/index.js";

/** @type {any} */
const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, fatal() {}, child: () => quiet };
/** Methods that each module has called. */
const METHODS = 8;

/**
 * The metrics of a host with so many modules, each subscribed to so many event types, all of them with something counted
 * everywhere; and what makes its numbers move.
 * @param {{ modules: number, types: number }} plan
 */
export function crowd({ modules, types }) {
  const bus = new EventBus({
    encode: createEventEncoder(createMessagePackCodec(HOST_BODY_LIMITS)),
    log: quiet,
  });
  const traffic = new TrafficBooks(requestNames);
  const lives = new LifeBooks();
  const wanted = eventTypes.slice(0, types);
  const pipelines = Array.from({ length: modules }, (_, n) => {
    const sink = { hasDemand: true, sendEvent() {}, sendGap() {}, requestFlush() {} };
    const pipeline = bus.openPipeline(`module-${n}`, sink, {
      capacity: 100,
      window: 256,
      max_bytes: 4 * 1024 * 1024,
      hasAcks: true,
      hasGaps: true,
      maxFrameBytes: 8 * 1024 * 1024,
    });
    for (const type of wanted) bus.subscribe(pipeline, type);
    lives.of(`module-${n}`).noteBegin();
    return pipeline;
  });
  const statuses = pipelines.map(({ moduleName }) => ({
    name: moduleName,
    version: "1.0.0",
    state: "Running",
    isConnected: true,
    health: /** @type {const} */ ("healthy"),
    use: { cpuMs: 1, memoryBytes: 1, descriptors: 20, memoryLimitBytes: 1e9 },
  }));
  const permissions = [...new Set(requestNames.flatMap((name) => requestDefinition(name).permission ?? []))];
  const metrics = createMetrics({
    bus,
    traffic,
    lives,
    permissions,
    modules: () => statuses,
    rejectedCounts: () => [],
    version: "0.0.0",
  });
  /** Publishes one event of each type, has it acknowledged, and answers a request of each method. */
  function move() {
    for (const type of wanted) bus.publish(type, exampleEvent(type));
    for (const pipeline of pipelines) {
      pipeline.acknowledge(bus.lastSeq);
      const own = traffic.of(pipeline.moduleName);
      own.noteWritten(types, 100 * types);
      own.noteHeartbeat(1);
      for (const method of requestNames.slice(0, METHODS))
        own.noteAnswered(method, { ok: true, payload: null }, 1);
    }
  }
  return { metrics, move };
}
