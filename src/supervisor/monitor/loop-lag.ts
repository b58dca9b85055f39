import { monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION_MS = 20;
const NANOSECONDS_PER_MS = 1_000_000;

/** How late this process' own timers are. */
export interface LoopLag {
  /** The 99th percentile in milliseconds since the last call, 0 when nothing was measured. */
  takeP99Ms(): number;
  /** Stops measuring. Idempotent. */
  close(): void;
}

/** Starts to measure; whoever starts it closes it. */
export function measureLoopLag(): LoopLag {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  return {
    takeP99Ms() {
      // A histogram without a value knows no percentile; each value holds the timer's own period.
      const lagMs = delays.count === 0 ? 0 : delays.percentile(99) / NANOSECONDS_PER_MS - RESOLUTION_MS;
      delays.reset();
      return Math.max(0, Math.round(lagMs * 10) / 10);
    },
    close: () => void delays.disable(),
  };
}
