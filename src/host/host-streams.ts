import { join, resolve } from "node:path";
import { map, type Observable } from "rxjs";
import type { EventBus } from "../bus/index.js";
import { monotonicScheduler } from "../clock.js";
import type { Config } from "../config.js";
import type { TappedItem, TappedStep } from "../control/index.js";
import type { AnyEvent } from "../events/index.js";
import type { RpcMethods } from "../http/index.js";
import type { Logger } from "../log.js";
import type { ReportedFamily } from "../metrics/index.js";
import type { NodeApi } from "../node-api/index.js";
import { openRecording } from "../recordings/index.js";
import {
  FileClaims,
  HopLedger,
  itemOf,
  jsonData,
  StreamFolder,
  type StreamItem,
  StreamMetricTable,
  type StreamPorts,
  StreamSet,
  type StreamStatus,
  streamErrors,
} from "../streams/index.js";
import { askNodeApi, streamRequests } from "./stream-queries.js";

export interface HostStreamsDependencies {
  readonly bus: EventBus;
  readonly log: Logger;
  /** Methods of JSON-RPC, of which streams may call those that only read. */
  readonly methods: RpcMethods;
  /** The node API, of which streams may make the requests that only read. */
  readonly api: Pick<NodeApi, "serve">;
}

/** What `enrich` may call: methods of JSON-RPC that change nothing and show nothing secret. */
const readingMethods: ReadonlySet<string> = new Set([
  "getblockcount",
  "getbestblockhash",
  "getblockhash",
  "getblock",
  "getblockheader",
  "getblockchaininfo",
  "getrawtransaction",
  "gettxout",
  "getrawmempool",
  "getmempoolinfo",
  "getmempoolentry",
  "estimatesmartfee",
  "getpeerinfo",
  "getnetworkinfo",
  "getchaintips",
  "getdeliverystats",
  "getalldeliverystats",
  "getsubscribers",
  "listmodules",
]);
/** Time that streams have for what they hold when the host closes. */
const CLOSE_MS = 5_000;

/**
 * The streams of a host: the folder that holds them, the world that they are lent, and what they show.
 * Owns the streams, the watch and the numbers of `metric` sinks.
 */
export class HostStreams {
  readonly set: StreamSet;
  readonly #deps: HostStreamsDependencies;
  readonly #hops = new HopLedger();
  readonly #metrics = new StreamMetricTable();
  readonly #claims = new FileClaims();
  readonly #filesDir: string;
  readonly #streamsDir: string | undefined;
  readonly #folder: StreamFolder | undefined;

  constructor(deps: HostStreamsDependencies, { streams, modules }: Pick<Config, "streams" | "modules">) {
    this.#deps = deps;
    this.#streamsDir = streams.dir;
    this.#filesDir = streams.files_dir ?? join(modules.data_dir, ".streams");
    this.set = new StreamSet(
      {
        log: deps.log,
        portsOf: (name) => this.#ports(name),
        wallClockMs: () => Date.now(),
        random: Math.random,
      },
      { maxStreams: streams.max_streams },
    );
    if (streams.dir === undefined) return;
    this.#folder = new StreamFolder(streams.dir, {
      scheduler: monotonicScheduler,
      log: deps.log,
      onFile: (name, text) => this.set.apply(name, text),
      onUnreadable: (name, reason) => this.set.unreadable(name, reason),
      onGone: (name) => this.set.remove(name),
    });
  }

  /** Starts the streams that are in the folder; a broken one stops nothing. */
  async start(): Promise<void> {
    await this.#folder?.start();
  }

  async close(): Promise<void> {
    await this.#folder?.close();
    await this.set.close(AbortSignal.timeout(CLOSE_MS));
  }

  list(): StreamStatus[] {
    return this.set.list();
  }

  /** What passes a step from now on, as data that JSON holds. @throws STREAM_UNKNOWN and the like */
  step$({ stream, step }: TappedStep): Observable<TappedItem> {
    return this.set
      .tap$(stream, step)
      .pipe(
        map(({ value, seq, timestampMs: timestamp_ms }) => ({ seq, timestamp_ms, value: jsonData(value) })),
      );
  }

  /** What `metric` sinks recorded, for /metrics. */
  families(): Iterable<ReportedFamily> {
    return this.#metrics.families();
  }

  #ports(name: string): StreamPorts {
    const { bus, log } = this.#deps;
    return {
      scheduler: monotonicScheduler,
      log,
      filesDir: this.#filesDir,
      fileClaims: this.#claims,
      stdout: process.stdout,
      metrics: this.#metrics,
      wallClockMs: () => Date.now(),
      events$: (...types) =>
        bus.events$(...types).pipe(map((event) => itemOf(event as AnyEvent, this.#hops.hopsOf(event.seq)))),
      publish: (type, payload, hops) =>
        this.#hops.publishing(bus.lastSeq + 1, hops, () => bus.publish(type, payload, `stream:${name}`)),
      query: (method, parameters, signal) => this.#query(method, parameters, signal),
      recording: (path) => recordedItems(resolve(this.#dir, path)),
    };
  }

  /** Streams name the recordings that they play from their own folder on. */
  get #dir(): string {
    return this.#streamsDir ?? this.#filesDir;
  }

  async #query(method: string, parameters: unknown, signal: AbortSignal): Promise<unknown> {
    if (streamRequests.has(method)) return askNodeApi(this.#deps.api, method, parameters ?? {}, signal);
    const found = readingMethods.has(method) ? this.#deps.methods[method] : undefined;
    if (found !== undefined) return found.call(method, parameters ?? [], signal);
    throw streamErrors.STREAM_QUERY_REFUSED({ method, allowed: [...streamRequests, ...readingMethods] });
  }
}

/** A recording is read as fast as its stream takes it; gaps in it are left out. */
async function* recordedItems(path: string): AsyncGenerator<StreamItem> {
  await using recording = await openRecording(path);
  for await (const item of recording.read({})) if (item.kind === "event") yield itemOf(item.event, 0);
}
