import fc from "fast-check";
import { VirtualTimeScheduler } from "rxjs";
import { createMessagePackCodec, HOST_BODY_LIMITS, ModuleEnd } from "../../src/ipc/index.js";
import { pack } from "../kit/ipc-bytes.js";
import { ChunkedSender } from "./chunked-sender.js";
import { messageFromHost, messageFromModule } from "./fuzz-messages.js";
import { arbitraryStory, type Material, type Story, stepBytes } from "./fuzz-story.js";
import { FuzzTransport } from "./fuzz-transport.js";
import { recordTraffic } from "./recorded-traffic.js";
import { UnhandledErrors } from "./unhandled-errors.js";

const BATCH_STORIES = 100;
/** What can't be read ends a module's connection at once, so that most of it must be right. */
export const moduleStory = arbitraryStory({
  recorded: 25,
  message: 60,
  "damaged recorded": 1,
  "damaged message": 1,
  splice: 1,
  bytes: 1,
  again: 2,
  swap: 2,
  "other side": 1,
  misframed: 1,
  wait: 3,
  invoke: 2,
});
const { fromHost } = recordTraffic();

/**
 * One batch of hostile hosts against the module's end of a connection; answers the frames that they sent.
 * @throws with the shrunken story and its bytes in hex when the module's end broke a promise
 */
export function fuzzModuleBatch(seed: number): number {
  const draw = (messages: fc.Arbitrary<readonly unknown[]>, numRuns: number) =>
    fc.sample(messages, { seed, numRuns }).map(pack);
  const material: Material = {
    recorded: fromHost,
    messages: draw(messageFromHost, 300),
    otherSide: draw(messageFromModule, 30),
  };
  using errors = new UnhandledErrors();
  let sent = 0;
  fc.assert(
    fc.property(moduleStory, (story) => {
      sent += playAgainstModule(story, material, errors);
    }),
    { seed, numRuns: BATCH_STORIES },
  );
  return sent;
}

function playAgainstModule(story: Story, material: Material, errors: UnhandledErrors): number {
  const scheduler = new VirtualTimeScheduler(undefined, 0);
  const transport = new FuzzTransport();
  const chunks: string[] = [];
  let ends = 0;
  let handledAfterEnd = 0;
  let sent = 0;
  const note = () => {
    if (ends > 0) handledAfterEnd++;
  };
  const end = new ModuleEnd(
    {
      transport,
      codec: createMessagePackCodec(HOST_BODY_LIMITS),
      scheduler,
      scheduleFlush: (flush) => flush(),
    },
    {
      onDelivery: note,
      onInvocation(kind) {
        note();
        return kind === "cli" ? Promise.reject(new Error("no such command")) : Promise.resolve({ kind });
      },
      onClosed: () => ends++,
    },
  );
  let openRequests = 0;
  const ask = () => {
    openRequests++;
    const settle = () => openRequests--;
    end.request("GetChainInfo", {}, { timeoutMs: 3000 }).then(settle, settle);
  };
  ask();
  const sender = new ChunkedSender(story.chunks, (chunk) => {
    if (end.isClosed) return;
    chunks.push(Buffer.from(chunk).toString("hex"));
    transport.receive(chunk);
  });
  let previous: Uint8Array = new Uint8Array(0);
  for (const step of story.steps) {
    if (end.isClosed) break;
    const bytes = stepBytes(step, material, { previous, lastSeq: 0 });
    if (bytes !== undefined) {
      previous = bytes;
      sent++;
      sender.push(bytes);
    } else if (step.what === "wait") {
      scheduler.maxFrames = scheduler.frame + 4000;
      scheduler.flush();
    } else ask();
  }
  if (story.ending !== "cut off") sender.flush();
  if (story.ending === "host") end.close();
  else transport.receiveEnd();
  const problem =
    errors.take() ??
    (ends !== 1
      ? `the end was told ${ends} times`
      : handledAfterEnd > 0
        ? "a handler was called after the end"
        : scheduler.actions.length > 0
          ? `${scheduler.actions.length} timers outlive the connection`
          : undefined);
  if (problem !== undefined) throw new Error(`${problem}\nchunks in hex: ${chunks.join(" ")}`);
  return sent;
}
