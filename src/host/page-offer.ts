import { fileURLToPath } from "node:url";
import { type EventBus, RECENT_EVENTS } from "../bus/index.js";
import type { DurationHistogram } from "../duration-histogram.js";
import type {
  LaneReading,
  PageHistogram,
  PageModule,
  PageOffer,
  PageSource,
  PageState,
  PageStream,
} from "../http/index.js";
import type { StreamStatus } from "../streams/index.js";
import type { LifeBooks, ModuleListing, ModuleManager } from "../supervisor/index.js";
import type { ChainWatch } from "./chain-watch.js";
import type { HostSandbox } from "./host-sandbox.js";
import type { HostStreams } from "./host-streams.js";
import type { ModuleCare } from "./module-care.js";
import { type ModuleFigures, moduleFigures } from "./module-figures.js";

export interface PageOfferDependencies {
  readonly bus: Pick<EventBus, "books" | "pipelines" | "explain" | "lastSeq" | "recentType">;
  readonly modules: Pick<ModuleManager, "listModules">;
  readonly care: Pick<ModuleCare, "useOf">;
  readonly lives: LifeBooks;
  readonly streams: Pick<HostStreams, "list">;
  readonly chain: Pick<ChainWatch, "status">;
  readonly sandbox: Pick<HostSandbox, "report">;
  readonly status: () => string;
  readonly upMs: () => number;
  readonly version: string;
}

/** Beside the compiled host; there is none beside its sources. */
const ASSETS_DIR = fileURLToPath(new URL("../page", import.meta.url));

/** What the page shows, read from those who know it, whenever somebody looks. */
export function createPageOffer(deps: PageOfferDependencies): PageOffer {
  const { bus, modules } = deps;
  let listing: Promise<ModuleListing[]> | undefined;
  // It reads every manifest: whoever asks meanwhile is answered by the same one.
  const list = () => {
    listing ??= modules.listModules().finally(() => {
      listing = undefined;
    });
    return listing;
  };
  return {
    assetsDir: ASSETS_DIR,
    source: pageSource(bus),
    state: async () => stateOf(deps, await list()),
    explain: async (module, seq) => {
      const isKnown =
        bus.books.known(module) !== undefined || (await list()).some(({ name }) => name === module);
      return isKnown ? bus.explain(module, seq) : undefined;
    },
  };
}

/** What the feed asks of a bus. */
export function pageSource(
  bus: Pick<EventBus, "books" | "pipelines" | "explain" | "lastSeq" | "recentType">,
): PageSource {
  return {
    lastSeq: () => bus.lastSeq,
    typeOf: (seq) => bus.recentType(seq),
    wantedTypes: () => new Set([...bus.pipelines()].flatMap((each) => each.subscriptions.types())),
    readings: () => readingsOf(bus),
    fateOf: (module, seq) => bus.explain(module, seq),
  };
}

function readingsOf({ books }: Pick<EventBus, "books">): LaneReading[] {
  return [...books.all()].map((book) => {
    let delivered = 0;
    let dropped = 0;
    let failed = 0;
    let filtered = 0;
    for (const [, counters] of book.totals()) {
      delivered += counters.delivered;
      dropped += counters.droppedFull;
      failed += counters.failedClosed + counters.failedSerialization;
      filtered += counters.filtered;
    }
    return { module: book.moduleName, delivered, dropped, failed, filtered, gaps: book.gapsSent };
  });
}

function stateOf(deps: PageOfferDependencies, listings: readonly ModuleListing[]): PageState {
  const { bus, streams, sandbox, status, upMs, version } = deps;
  const chain = deps.chain.status();
  const restarts = new Map([...deps.lives.all()].map((book) => [book.moduleName, sumOf(book.restarts)]));
  return {
    at_ms: Date.now(),
    host: {
      ...{ status: status(), version, up_ms: Math.round(upMs()) },
      ...{ last_seq: bus.lastSeq, explained_events: RECENT_EVENTS },
    },
    chain: {
      source: chain.source,
      height: chain.heightBlocks ?? null,
      is_synced: chain.isSynced ?? null,
      last_block_ms: chain.lastBlockAtMs ?? null,
      connected_blocks: chain.connectedBlocks,
      disconnected_blocks: chain.disconnectedBlocks,
      reorganisations: chain.reorganisations,
      mempool: chain.mempool ?? null,
    },
    sandbox:
      sandbox.report === undefined
        ? null
        : {
            mode: sandbox.report.mode,
            layers: sandbox.report.layers.map(({ number, title, status }) => ({ number, title, status })),
          },
    modules: moduleFigures(listings, deps).map((figures) => ({
      ...pageModule(figures, deps),
      restarts: restarts.get(figures.name) ?? 0,
    })),
    streams: streams.list().map(pageStream),
  };
}

function pageModule(
  figures: ModuleFigures,
  { bus }: Pick<PageOfferDependencies, "bus">,
): Omit<PageModule, "restarts"> {
  const { name, version, state, health, use, delivery, queue, latency, gaps_told } = figures;
  return {
    name,
    version,
    state,
    health,
    use:
      use === null ? null : { cpu_percent: use.cpu_percent ?? null, memory_bytes: use.memory_bytes ?? null },
    delivery: delivery === null ? null : countsOf(delivery),
    capacity: queue?.capacity ?? null,
    is_slow: queue?.is_slow ?? false,
    gaps_told,
    latency,
    handlers: histogramOf(bus.books.known(name)?.handlerDuration),
  };
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function countsOf(delivery: NonNullable<ModuleFigures["delivery"]>): NonNullable<PageModule["delivery"]> {
  const { matched, delivered, dropped_full, failed, filtered, waiting, in_flight } = delivery;
  return { matched, delivered, dropped_full, failed, filtered, waiting, in_flight };
}

function histogramOf(histogram: DurationHistogram | undefined): PageHistogram {
  return { bounds_seconds: histogram?.boundsSeconds ?? [], counts: [...(histogram?.counts ?? [])] };
}

/** Whoever may read the page need not see what stands in files and errors: addresses of sinks have secrets in them. */
function pageStream({
  name,
  state,
  generation,
  restarts,
  last_error,
  problems,
  intake,
  parts,
}: StreamStatus): PageStream {
  return {
    name,
    state,
    generation,
    restarts,
    has_problem: problems.length > 0 || (last_error !== null && state !== "running"),
    intake,
    parts: parts.map((part) => ({
      id: part.id,
      kind: part.kind,
      role: part.role,
      in: part.in,
      out: part.out,
      dropped: part.dropped,
      errors: part.errors,
      held: part.held,
    })),
  };
}
