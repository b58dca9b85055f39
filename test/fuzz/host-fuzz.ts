import fc from "fast-check";
import { pack } from "../kit/ipc-bytes.js";
import { messageFromHost, messageFromModule } from "./fuzz-messages.js";
import { arbitraryStory, type Material, type Story } from "./fuzz-story.js";
import { FuzzedHost } from "./fuzzed-host.js";
import { HonestClient } from "./honest-client.js";
import { playAgainstHost } from "./play-against-host.js";
import { recordTraffic } from "./recorded-traffic.js";
import { UnhandledErrors } from "./unhandled-errors.js";

/** What a run of stories amounts to. */
export interface FuzzFigures {
  stories: number;
  /** Frames that a peer sent while its connection was open. */
  sent: number;
  /** Bodies that were read on a connection that had passed its handshake and was still open. */
  readPastHandshake: number;
  /**
   * The longest that one chunk of bytes held the event loop, in time that this process really ran. What an input costs
   * comes again when it is played again, a collection by the runtime doesn't: a batch with a turn beyond
   * {@link SECOND_LOOK_MS} is played twice, and its shorter longest turn counts.
   */
  longestTurnMs: number;
  /** The same without the second look; far from every collection, at least. */
  longestTurnOnceMs: number;
  /** How many connections ended by each error code, and by none. */
  readonly closed: Record<string, number>;
}

/** Stories in one batch: they share a host, an honest client and the messages that they draw from. */
const BATCH_STORIES = 100;
const BATCH_MESSAGES = 500;
const SECOND_LOOK_MS = 20;

/** A connection of a hostile module. */
export const hostStory = arbitraryStory({
  recorded: 22,
  message: 40,
  "damaged recorded": 6,
  "damaged message": 5,
  splice: 1,
  bytes: 1,
  "other side": 6,
  ack: 6,
  again: 1,
  swap: 1,
  misframed: 1,
  publish: 7,
  wait: 2,
  invoke: 1,
});

const { fromModule, fromHost } = recordTraffic();
const [handshake, ...afterHandshake] = fromModule as [Uint8Array, ...Uint8Array[]];
/** A second handshake ends a connection, so it is one of many. */
const recorded = [...Array.from({ length: 6 }, () => afterHandshake).flat(), handshake, ...fromHost];

export function noFigures(): FuzzFigures {
  return { stories: 0, sent: 0, readPastHandshake: 0, longestTurnMs: 0, longestTurnOnceMs: 0, closed: {} };
}

/**
 * One batch of hostile connections against the host's side of the protocol, all of it drawn from `seed`; adds what was
 * done to `figures`.
 * @throws with the shrunken story and its bytes in hex when the host broke a promise
 */
export function fuzzHostBatch(seed: number, figures: FuzzFigures): void {
  const batch = playHostBatch(seed);
  const longestTurnMs =
    batch.longestTurnMs > SECOND_LOOK_MS
      ? Math.min(batch.longestTurnMs, playHostBatch(seed).longestTurnMs)
      : batch.longestTurnMs;
  figures.stories += batch.stories;
  figures.sent += batch.sent;
  figures.readPastHandshake += batch.readPastHandshake;
  figures.longestTurnMs = Math.max(figures.longestTurnMs, longestTurnMs);
  figures.longestTurnOnceMs = Math.max(figures.longestTurnOnceMs, batch.longestTurnMs);
  for (const [ending, times] of Object.entries(batch.closed)) {
    figures.closed[ending] = (figures.closed[ending] ?? 0) + times;
  }
}

function playHostBatch(seed: number): FuzzFigures {
  const figures = noFigures();
  const material = hostMaterial(seed);
  using errors = new UnhandledErrors();
  const fuzzed = new FuzzedHost();
  const honest = new HonestClient(fuzzed);
  const result = fc.check(
    fc.property(hostStory, (story) => playAgainstHost({ fuzzed, honest, material, figures, errors }, story)),
    { seed, numRuns: BATCH_STORIES },
  );
  fuzzed.close();
  if (result.failed) throw new Error(failureText(seed, result));
  return figures;
}

/** What hostile modules send, drawn from `seed`. */
export function hostMaterial(seed: number): Material {
  const draw = (messages: fc.Arbitrary<readonly unknown[]>, numRuns: number) =>
    fc.sample(messages, { seed, numRuns }).map(pack);
  return {
    recorded,
    messages: draw(messageFromModule, BATCH_MESSAGES),
    otherSide: draw(messageFromHost, 50),
  };
}

function failureText(seed: number, result: fc.RunDetails<[Story]>): string {
  const { counterexamplePath, errorInstance, counterexample, numShrinks } = result;
  return [
    `seed ${seed} (path ${counterexamplePath ?? ""}, shrunk ${numShrinks} times): ${String(errorInstance)}`,
    `story: ${fc.stringify(counterexample?.[0])}`,
  ].join("\n");
}
