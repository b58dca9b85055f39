import type { EventBus, ModulePipeline } from "../bus/index.js";
import type { ModuleListing } from "../supervisor/index.js";
import type { ModuleCare } from "./module-care.js";

export interface ModuleFiguresDependencies {
  readonly bus: Pick<EventBus, "books" | "pipelines">;
  readonly care: Pick<ModuleCare, "useOf">;
  /** Monotonic milliseconds, the clock of the bus. */
  readonly nowMs?: () => number;
}

/**
 * What `top`, `report` and the page show of a module: its state, its delivery books, its queue, its handlers and what it
 * uses. All counts are since the host started or the books were reset; rates are the reader's to take.
 */
export type ModuleFigures = ReturnType<typeof figuresOf>;

/** Modules that are installed, in the order of the listing. */
export function moduleFigures(
  listings: readonly ModuleListing[],
  { bus, care, nowMs = () => performance.now() }: ModuleFiguresDependencies,
): readonly ModuleFigures[] {
  const pipelines = new Map([...bus.pipelines()].map((pipeline) => [pipeline.moduleName, pipeline]));
  return listings.map((listing) => figuresOf(listing, pipelines.get(listing.name), { bus, care }, nowMs()));
}

function figuresOf(
  { name, version, state }: ModuleListing,
  pipeline: ModulePipeline | undefined,
  { bus, care }: ModuleFiguresDependencies,
  nowMs: number,
) {
  const books = bus.books.known(name);
  const { health, use } = care.useOf(name);
  return {
    name,
    version,
    state,
    health,
    use,
    delivery: books?.stats() ?? null,
    queue:
      pipeline === undefined
        ? null
        : {
            capacity: pipeline.capacityEvents,
            bytes: pipeline.heldBytes,
            oldest_waiting_ms: pipeline.oldestWaitingAgeMs,
            is_slow: pipeline.isSlow,
          },
    slow_episodes: books?.slowEpisodes ?? 0,
    gaps_told: books?.gapsSent ?? 0,
    longest_stall_ms: Math.max(books?.longestStallMs ?? 0, openStallMs(pipeline, nowMs)),
    latency: {
      bounds_seconds: books?.deliveryLatency.boundsSeconds ?? [],
      counts: books === undefined ? [] : [...books.deliveryLatency.counts],
    },
    handlers: Object.fromEntries(
      [...(books?.handlerTimes.all() ?? [])].map(({ type, count, totalMs, longestMs }) => [
        type,
        { count, total_ms: totalMs, longest_ms: longestMs },
      ]),
    ),
  };
}

/** How long the module has kept an event that it was sent, without acknowledging any. */
function openStallMs(pipeline: ModulePipeline | undefined, nowMs: number): number {
  if (pipeline === undefined || pipeline.inFlightEvents === 0) return 0;
  return nowMs - pipeline.progress.stalledSinceMs;
}
