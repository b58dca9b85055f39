import { describe, expect, it } from "vitest";
import { typeIndex } from "../../src/events/index.js";
import type { Transport } from "../../src/ipc/index.js";
import { compiledSimulation } from "./compiled-simulation.js";
import { noSabotage, type Sabotage } from "./sabotage.js";
import { describeStory, type ModuleName } from "./story.js";

const { drawStory, play, shrinkStory, tellFailure } = await compiledSimulation();

/** A bug at one of the seams, made anew for each story. */
interface PlantedBug {
  readonly name: string;
  readonly plant: () => Partial<Sabotage>;
  /** What must be said of it. */
  readonly says: RegExp;
}

const KIND_OF_BODY = 4;
const EVENT = 2;
const MEMPOOL_INDEX = typeIndex("MempoolTransactionAdded") ?? 0;

/** Changes what the host writes; the writer hears as ever that its bytes left. */
function rewriting(transport: Transport, rewrite: (frame: Uint8Array) => Uint8Array | undefined): Transport {
  return {
    chunks$: transport.chunks$,
    get unsentBytes() {
      return transport.unsentBytes;
    },
    write(chunks, done) {
      const all = Buffer.concat(chunks);
      const frames: Uint8Array[] = [];
      for (let at = 0; at < all.length; ) {
        const end = at + 4 + all.readUInt32BE(at);
        const frame = rewrite(all.subarray(at, end));
        if (frame !== undefined) frames.push(frame);
        at = end;
      }
      transport.write(frames, done);
    },
    end: () => transport.end(),
    destroy: () => transport.destroy(),
  };
}

function isEvent(frame: Uint8Array): boolean {
  return frame[KIND_OF_BODY] === 0x96 && frame[KIND_OF_BODY + 1] === EVENT;
}

/** Every third event on its way to a module, counted over all of the module's connections. */
function everyThird(act: (frame: Uint8Array) => Uint8Array | undefined): Partial<Sabotage> {
  const seen = new Map<ModuleName, number>();
  return {
    transport: (module, transport) =>
      rewriting(transport, (frame) => {
        if (!isEvent(frame)) return frame;
        const count = (seen.get(module) ?? 0) + 1;
        seen.set(module, count);
        return count % 3 === 0 ? act(frame) : frame;
      }),
  };
}

const bugs: readonly PlantedBug[] = [
  {
    name: "an event that is lost on its way",
    plant: () => everyThird(() => undefined),
    says: /writes, first of/,
  },
  {
    name: "an event that is sent twice",
    plant: () => everyThird((frame) => Buffer.concat([frame, frame])),
    says: /writes, first of/,
  },
  {
    name: "a byte that changes on its way",
    plant: () => everyThird((frame) => Uint8Array.from(frame).with(frame.length - 1, 0)),
    says: /on the wire to .*expected/,
  },
  {
    name: "a gap that tells one event too many",
    plant: () => ({
      body: (_module, body) => (body[0] === 6 ? body.with(3, Number(body[3]) + 1) : body),
    }),
    says: /on the wire to .*expected \[6,/,
  },
  {
    name: "a gap with another reason",
    plant: () => ({ body: (_module, body) => (body[0] === 6 ? body.with(4, "reload") : body) }),
    says: /writes, first of/,
  },
  {
    name: "an acknowledgement that is counted twice",
    plant: () => ({
      handlers: (module, handlers, bus) => ({
        ...handlers,
        onAck(seq, timings) {
          const isKnown = handlers.onAck(seq, timings);
          if (seq % 4 === 0) bus.books.of(module).counters(MEMPOOL_INDEX).delivered++;
          return isKnown;
        },
      }),
    }),
    says: /the books of \w+, MempoolTransactionAdded: delivered is/,
  },
  {
    name: "an acknowledgement that is forgotten",
    plant: () => ({
      handlers: (_module, handlers) => ({
        ...handlers,
        onAck: (seq, timings) => (seq % 5 === 0 ? true : handlers.onAck(seq, timings)),
      }),
    }),
    says: /the books of .*(delivered|waiting|in_flight|dropped_full) is/,
  },
  {
    name: "an acknowledgement of nothing that is let pass",
    plant: () => ({
      handlers: (_module, handlers) => ({
        ...handlers,
        onAck: (seq, timings) => handlers.onAck(seq, timings) || true,
      }),
    }),
    says: /the connection should be closed and is not/,
  },
  {
    name: "a close that books nothing",
    plant: () => ({
      handlers: (_module, handlers) => ({ ...handlers, onClosed: () => {} }),
    }),
    says: /the books of .*(waiting|in_flight|failed_closed) is/,
  },
];

const FIRST_SEEDS = 60;
const MAX_STEPS = 14;

describe("a planted bug", () => {
  it.each(bugs)("is found and told in a few steps: $name", async ({ plant, says }) => {
    const make = (): Sabotage => ({ ...noSabotage, ...plant() });
    let seed = 1;
    while (seed < FIRST_SEEDS && (await play(drawStory(seed), make)).problem === undefined) seed++;
    const story = drawStory(seed);
    const shortest = await shrinkStory(story, make);
    const { problem } = await play(shortest, make);
    expect(problem?.text).toMatch(says);
    expect(shortest.steps.length, describeStory(shortest).join("\n")).toBeLessThanOrEqual(MAX_STEPS);
    expect(shortest.steps.length).toBeLessThan(story.steps.length);
    // Without the bug the same steps are fine.
    expect((await play(shortest)).problem).toBeUndefined();
  });

  it("is told as lines that somebody can read, with the seed that repeats it", async () => {
    const make = (): Sabotage => ({ ...noSabotage, ...everyThird(() => undefined) });
    const told = await tellFailure(3, drawStory(3), make);
    expect(told).toMatch(/^Seed 3 fails; \d+ of its \d+ steps are enough:\n/);
    expect(told).toMatch(/the host loads/);
    expect(told).toMatch(/writes, first of/);
    expect(told.split("\n").length).toBeLessThan(35);
  });
});
