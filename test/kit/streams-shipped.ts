import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { from, lastValueFrom, Subject, VirtualTimeScheduler } from "rxjs";
import type { ChainSource } from "../../src/chain/index.js";
import type { AnyEvent, EventType } from "../../src/events/index.js";
import { askNodeApi } from "../../src/host/stream-queries.js";
import { silentLogger } from "../../src/log.js";
import { bareDependencies, createNodeApi, type ModuleDirectory } from "../../src/node-api/index.js";
import { readStream, type StreamPorts, startStream } from "../../src/streams/index.js";
import { itemOf, type StreamQuery } from "../../src/streams/step.js";
import type { StreamItem } from "../../src/streams/stream-item.js";

const folder = new URL("../../streams/", import.meta.url);

/** The names of the streams that ship. */
export const shippedNames: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => name.slice(0, -".yaml".length))
  .sort();

export function shippedText(name: string): string {
  return readFileSync(fileURLToPath(new URL(`${name}.yaml`, folder)), "utf8");
}

/** What a chain source said, and when. */
export interface HeardEvent {
  readonly atMs: number;
  readonly type: EventType;
  readonly payload: unknown;
}

/** Everything that a source says from now on, at the times that `nowMs` tells. */
export function heardFrom(source: ChainSource, nowMs: () => number): HeardEvent[] {
  const heard: HeardEvent[] = [];
  source.events$.subscribe(({ type, payload }) => heard.push({ atMs: nowMs(), type, payload }));
  return heard;
}

export interface PlayOptions {
  /** Changes the stream's text, as whoever adapts it does; each text to find stands there. */
  readonly adapt?: Readonly<Record<string, string>>;
  readonly ports?: Partial<StreamPorts>;
  /** Virtual time after the last event. */
  readonly afterwardsMs?: number;
}

/**
 * Runs a shipped stream on what was heard, in virtual time, until its sinks have written everything.
 * @returns the lines of its standard output
 */
export async function playShipped(
  name: string,
  heard: readonly HeardEvent[],
  { adapt = {}, ports, afterwardsMs = 0 }: PlayOptions = {},
): Promise<readonly unknown[]> {
  let text = shippedText(name);
  for (const [found, instead] of Object.entries(adapt)) {
    if (!text.includes(found)) throw new Error(`${name} has no ${found}`);
    text = text.replaceAll(found, instead);
  }
  const clock = new VirtualTimeScheduler();
  const passTo = (ms: number) => {
    clock.maxFrames = ms;
    clock.flush();
    clock.frame = ms;
  };
  const asked = new Set<Promise<unknown>>();
  const query: StreamQuery = (method, parameters, signal) => {
    const answer = lastValueFrom(from(ports?.query?.(method, parameters, signal) ?? []));
    asked.add(answer);
    const forget = () => asked.delete(answer);
    answer.then(forget, forget);
    return answer;
  };
  const items$ = new Subject<StreamItem>();
  const wanted = new Set<EventType>();
  const lines: unknown[] = [];
  clock.maxFrames = 0;
  const stream = startStream(readStream(text, `${name}.yaml`), {
    scheduler: clock,
    log: silentLogger,
    filesDir: "",
    stdout: {
      write(written, done) {
        lines.push(
          ...written
            .trimEnd()
            .split("\n")
            .map((line) => JSON.parse(line) as unknown),
        );
        done();
        return true;
      },
    },
    events$: (...types) => {
      for (const type of types) wanted.add(type);
      return items$;
    },
    ...ports,
    ...(ports?.query !== undefined && { query }),
  });
  for (const [index, { atMs, type, payload }] of heard.entries()) {
    if (!wanted.has(type)) continue;
    // The node answers in real time: virtual time waits for it.
    if (atMs > clock.frame) while (asked.size > 0) await Promise.allSettled(asked);
    passTo(atMs);
    items$.next(itemOf({ seq: index + 1, type, payload, timestamp_ms: atMs, source: "node" } as AnyEvent, 0));
  }
  while (asked.size > 0) await Promise.allSettled(asked);
  passTo((heard.at(-1)?.atMs ?? 0) + afterwardsMs);
  items$.complete();
  const end = await stream.ended;
  if (end.cause !== "completed") throw new Error(`${name} ended: ${JSON.stringify(end)}`);
  for (const [id, { errors }] of stream.counters)
    if (errors > 0) throw new Error(`${errors} errors at ${id}`);
  return lines;
}

/** Asks the node's real API, as the host does for a stream. */
export function nodeQuery(chain?: ChainSource, modules?: ModuleDirectory): StreamQuery {
  const api = createNodeApi(
    bareDependencies({
      publish: () => 0,
      ...(chain !== undefined && { chain }),
      ...(modules !== undefined && { modules }),
    }),
  );
  return (method, parameters, signal) => askNodeApi(api, method, parameters, signal);
}
