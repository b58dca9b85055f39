import type { Figures, FiguresAnswer } from "../../src/cli/module-figures.js";

const none = {
  matched: 0,
  delivered: 0,
  dropped_full: 0,
  failed_closed: 0,
  failed_serialization: 0,
  filtered: 0,
  waiting: 0,
  in_flight: 0,
};

/** A module that acknowledged so many events, all within 500 µs, and lost so many. */
export function exampleFigures(
  name: string,
  { delivered = 0, lost = 0, ...changes }: Partial<Figures> & { delivered?: number; lost?: number } = {},
): Figures {
  const counts = { ...none, matched: delivered + lost, delivered, dropped_full: lost };
  return {
    name,
    version: "1.0.0",
    state: "Running",
    health: { state: "healthy" },
    use: { cpu_percent: 1.25, memory_bytes: 50 * 1024 ** 2 },
    delivery: { ...counts, by_type: { NewBlock: counts } },
    queue: { capacity: 100, bytes: 0, oldest_waiting_ms: 0, is_slow: false },
    slow_episodes: 0,
    gaps_told: 0,
    longest_stall_ms: 0,
    latency: { bounds_seconds: [0.0005, 0.00125], counts: [delivered, 0, 0] },
    handlers: {},
    ...changes,
  };
}

export function answerOf(at_ms: number, ...modules: readonly Figures[]): FiguresAnswer {
  return { at_ms, modules: [...modules] };
}
