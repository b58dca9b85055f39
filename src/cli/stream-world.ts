import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { NEVER } from "rxjs";
import { monotonicScheduler } from "../clock.js";
import type { AnyEvent } from "../events/index.js";
import type { Logger } from "../log.js";
import type { PreparedStream, StreamItem, StreamPorts } from "../streams/index.js";
import { ChainItems } from "./chain-items.js";
import type { Output } from "./output.js";

export interface WorldOptions {
  readonly blocks?: readonly string[];
  readonly recording?: string;
  readonly devnet?: boolean;
  readonly seed?: string;
  readonly pace: "fast" | "real";
  readonly filesDir: string;
  /** Items of the source after which it ends. */
  readonly count?: number;
}

/** Events that were not recorded, told by the gaps of a recording. */
export interface WorldLosses {
  events: number;
}

/** What a stream needs beside its file, without a host. */
export interface StreamWorld extends AsyncDisposable {
  /** The stream with a source that waits for it: nothing is lost where a sink is slow. */
  readonly stream: PreparedStream;
  readonly ports: StreamPorts;
  readonly losses: Readonly<WorldLosses>;
  /** Where the items come from, for a person. */
  readonly origin: string;
}

/** What is to be freed when the run is over, the last one first. */
type Closers = (() => Promise<void>)[];

/** Opens the world of one run of a stream; whoever opens it disposes of it, after the stream has ended. */
export async function openStreamWorld(
  stream: PreparedStream,
  file: string,
  options: WorldOptions,
  { output, log }: { readonly output: Output; readonly log: Logger },
): Promise<StreamWorld> {
  const losses: WorldLosses = { events: 0 };
  const closers: Closers = [];
  const { items, origin } = await openItems(stream, file, options, { log, losses, closers });
  const ports: StreamPorts = {
    scheduler: monotonicScheduler,
    log,
    wallClockMs: () => Date.now(),
    filesDir: resolve(options.filesDir),
    stdout: output.stdout,
    events$: () => NEVER,
    ...(items !== undefined && { recording: () => wantedOf(items, typesOf(stream), options.count) }),
  };
  const { source } = stream;
  return {
    stream:
      source.kind === "generate"
        ? stream
        : { ...stream, source: { ...source, kind: "recording", path: origin } },
    ports,
    losses,
    origin,
    async [Symbol.asyncDispose]() {
      for (const close of closers.reverse()) await close();
    },
  };
}

interface OpenItems {
  /** Undefined where the stream makes its items itself. */
  readonly items: AsyncIterable<StreamItem> | undefined;
  readonly origin: string;
}

async function openItems(
  stream: PreparedStream,
  file: string,
  options: WorldOptions,
  { log, losses, closers }: { readonly log: Logger; readonly losses: WorldLosses; readonly closers: Closers },
): Promise<OpenItems> {
  if (stream.source.kind === "generate") return { items: undefined, origin: "its own clock" };
  const isOfChain = options.devnet === true || options.blocks !== undefined;
  const recording = options.recording ?? (isOfChain ? undefined : recordingOf(stream, file));
  if (recording !== undefined) {
    // A pause of the recording would keep the process alive until it is over.
    const leaving = new AbortController();
    closers.push(async () => leaving.abort());
    return {
      items: recordedItems(recording, options.pace, { losses, signal: leaving.signal }),
      origin: `the recording ${recording}`,
    };
  }
  const chain = await openChain(options, log, closers);
  closers.push(() => chain.close());
  return { items: chain, origin: options.devnet ? "a devnet" : "blocks" };
}

/** The recording that a stream's file names, by the place of that file. */
function recordingOf({ source }: PreparedStream, file: string): string | undefined {
  return source.kind === "recording" ? resolve(dirname(file), source.path) : undefined;
}

async function openChain(
  { blocks, devnet = false, seed, pace }: WorldOptions,
  log: Logger,
  closers: Closers,
): Promise<ChainItems> {
  // Loaded here, so that no other run pays for it.
  const { bitcoinCoreOptions, chainOptions, createChainSource, createReplaySource, devnetOptions } =
    await import("../chain/index.js");
  if (!devnet) {
    const chain = chainOptions.parse({
      source: "replay",
      ...(blocks !== undefined && { files: [...blocks] }),
      pace: pace === "real" ? "real_time" : "events_per_second",
      events_per_second: 0,
      loop: false,
    });
    return new ChainItems((scheduler) => createReplaySource({ log, scheduler }, chain));
  }
  const dataDir = await mkdtemp(join(tmpdir(), "blvm-streams-"));
  closers.push(() => rm(dataDir, { recursive: true, force: true }));
  return new ChainItems((scheduler) =>
    createChainSource(
      { log, dataDir, scheduler },
      {
        chain: chainOptions.parse({ source: "devnet" }),
        devnet: devnetOptions.parse(seed === undefined ? {} : { seed }),
        bitcoin_core: bitcoinCoreOptions.parse({}),
      },
    ),
  );
}

async function* recordedItems(
  path: string,
  pace: WorldOptions["pace"],
  { losses, signal }: { readonly losses: WorldLosses; readonly signal: AbortSignal },
): AsyncGenerator<StreamItem, void> {
  const { openRecording, paced } = await import("../recordings/index.js");
  await using recording = await openRecording(path);
  const items = paced(recording.read(), { signal, ...(pace === "real" && { pace: "as_recorded" }) });
  for await (const item of items) {
    if (item.kind === "gap") losses.events += item.gap.count;
    else {
      const { seq, timestamp_ms: timestampMs } = item.event;
      yield { value: item.event, seq, timestampMs, hops: 0 };
    }
  }
}

/** The types that the source gives or a step needs beside it. */
function typesOf({ source, steps }: PreparedStream): ReadonlySet<string> {
  const beside = steps.flatMap(({ prepared }) => prepared.alsoNeeds ?? []);
  return new Set([...(source.kind === "generate" ? [] : source.types), ...beside]);
}

/** What of it the stream would subscribe to, and no more than `count`. */
async function* wantedOf(
  items: AsyncIterable<StreamItem>,
  types: ReadonlySet<string>,
  count = Number.POSITIVE_INFINITY,
): AsyncGenerator<StreamItem, void> {
  let left = count;
  for await (const item of items) {
    if (!types.has((item.value as AnyEvent).type)) continue;
    yield item;
    left--;
    if (left === 0) return;
  }
}
