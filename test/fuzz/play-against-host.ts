import { decode } from "@msgpack/msgpack";
import { documentedCodes } from "../faults/documented-codes.js";
import { pack } from "../kit/ipc-bytes.js";
import { ChunkedSender } from "./chunked-sender.js";
import { damaged, framed } from "./damaged-frame.js";
import { Dice } from "./dice.js";
import { type Material, type Story, stepBytes } from "./fuzz-story.js";
import type { FuzzedConnection, FuzzedHost } from "./fuzzed-host.js";
import type { HonestClient } from "./honest-client.js";
import type { FuzzFigures } from "./host-fuzz.js";
import { HANDSHAKE } from "./recorded-traffic.js";
import { TurnWatch } from "./turn-watch.js";
import type { UnhandledErrors } from "./unhandled-errors.js";

const FROM_HOST = new Set([1, 2, 4, 6, 8, 9]);
const HANDSHAKE_BODY = pack([0, 1, "Handshake", HANDSHAKE]);
const SUBSCRIBE = framed(
  pack([0, 2, "SubscribeEvents", { event_types: ["FeeRateChanged", "ModuleLoaded"] }]),
);
const turns = new TurnWatch();
const WAITS_MS = [1, 500, 1000, 7000];

export interface Stage {
  readonly fuzzed: FuzzedHost;
  readonly honest: HonestClient;
  readonly material: Material;
  readonly figures: FuzzFigures;
  readonly errors: UnhandledErrors;
}

/**
 * Plays one connection against the host, and checks all that must hold during and after it.
 * @throws what does not hold, with the chunks that were sent in hex
 */
export function playAgainstHost(stage: Stage, story: Story): void {
  const { fuzzed, honest, figures } = stage;
  const timersBefore = fuzzed.timers;
  const connection = fuzzed.open("fuzzed");
  const chunks: Uint8Array[] = [];
  try {
    play(stage, story, connection, chunks);
    const problem = stage.errors.take() ?? problemAfter(fuzzed, connection, timersBefore) ?? honest.problem();
    if (problem !== undefined) throw new Error(problem);
  } catch (error) {
    const bytes = chunks.map((chunk) => Buffer.from(chunk).toString("hex")).join(" ");
    throw new Error(`${(error as Error).message}\nchunks in hex: ${bytes}`, { cause: error });
  }
  figures.stories++;
  figures.readPastHandshake += connection.readPastHandshake;
  const ending = connection.closeCode ?? "no fault";
  figures.closed[ending] = (figures.closed[ending] ?? 0) + 1;
}

function play(stage: Stage, story: Story, connection: FuzzedConnection, chunks: Uint8Array[]): void {
  const { fuzzed, material, figures } = stage;
  const { end, transport } = connection;
  let lastSeq = 0;
  let previous: Uint8Array = SUBSCRIBE;
  const noteAnswers = () => {
    lastSeq = Math.max(lastSeq, highestSeq(transport.takeBodies()));
  };
  const endTurn = () => {
    connection.endTurn();
    noteAnswers();
  };
  const sender = new ChunkedSender(story.chunks, (chunk) => {
    if (end.isClosed) return;
    chunks.push(chunk);
    const turnMs = turns.measure(() => {
      transport.receive(chunk);
      connection.endTurn();
    });
    figures.longestTurnMs = Math.max(figures.longestTurnMs, turnMs);
    noteAnswers();
  });
  const send = (bytes: Uint8Array) => {
    previous = bytes;
    figures.sent++;
    sender.push(bytes);
  };
  if (story.opening === "honest") {
    send(framed(HANDSHAKE_BODY));
    send(SUBSCRIBE);
  } else if (story.opening === "damaged") send(framed(damaged(HANDSHAKE_BODY, new Dice(story.salt, 0))));
  for (const step of story.steps) {
    if (end.isClosed) break;
    const bytes = stepBytes(step, material, { previous, lastSeq });
    if (bytes !== undefined) send(bytes);
    else if (step.what === "publish") fuzzed.publish(1 + (step.a % 5));
    else if (step.what === "wait") fuzzed.advanceMs(WAITS_MS[step.a % WAITS_MS.length] as number);
    else end.invoke("health", {}, 1000).catch(() => {});
    endTurn();
  }
  if (story.ending !== "cut off") sender.flush();
  if (story.ending === "host") end.close("the story is over");
  else transport.receiveEnd();
  endTurn();
}

/** Checks what the host wrote; answers the highest seq in it. */
function highestSeq(bodies: readonly Uint8Array[]): number {
  let highest = 0;
  for (const body of bodies) {
    const [kind, first, second, third] = decode(body) as unknown[];
    if (!FROM_HOST.has(kind as number)) throw new Error(`the host sent a message of kind ${String(kind)}`);
    if (kind === 2) highest = Math.max(highest, first as number);
    else if (kind === 6) highest = Math.max(highest, second as number);
    else if (kind === 1 && second === false) {
      const { code, message } = third as { code: string; message: string };
      if (!documentedCodes.has(code)) throw new Error(`the host answered with the unknown code ${code}`);
      if (code === "INTERNAL_ERROR") throw new Error(`the host failed over a request: ${message}`);
      if (message === "") throw new Error(`the host answered ${code} without a word`);
    }
  }
  return highest;
}

function problemAfter(fuzzed: FuzzedHost, connection: FuzzedConnection, timersBefore: number) {
  const { end, ends, transport, session } = connection;
  if (fuzzed.faults.length > 0) return fuzzed.faults.splice(0).join("; ");
  if (!end.isClosed || !transport.isEnded) return "the connection is still open after its end";
  if (ends !== 1) return `the end of the connection was told ${ends} times`;
  if (fuzzed.timers > timersBefore) return `${fuzzed.timers - timersBefore} timers outlive the connection`;
  if (fuzzed.bus.getSubscribers("FeeRateChanged").includes("fuzzed"))
    return "a closed connection is subscribed";
  return session === undefined ? undefined : booksProblem(fuzzed);
}

function booksProblem({ bus }: FuzzedHost): string | undefined {
  const stats = bus.books.getDeliveryStats("fuzzed");
  if (stats === undefined) return undefined;
  for (const [type, books] of Object.entries({ "all types": stats, ...stats.by_type })) {
    const { delivered, dropped_full, failed_closed, failed_serialization, filtered } = books;
    const sum = delivered + dropped_full + failed_closed + failed_serialization + filtered;
    if (sum !== books.matched || books.waiting !== 0 || books.in_flight !== 0)
      return `the books of ${type} don't balance after the end: ${JSON.stringify(books)}`;
  }
  return undefined;
}
