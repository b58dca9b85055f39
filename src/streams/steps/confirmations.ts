import { z } from "zod";
import type { AnyEvent, EventEnvelope, EventType } from "../../events/index.js";
import { BestBlocks } from "../best-blocks.js";
import { ConfirmationBook } from "../confirmation-book.js";
import { reaches } from "../prepare-step.js";
import { stepOperator } from "../run/step-operator.js";
import { defineStep } from "../step.js";
import type { StreamItem } from "../stream-item.js";

const options = z
  .strictObject({
    depth: z
      .int()
      .min(1)
      .max(10_000)
      .default(6)
      .meta({ unit: "blocks", description: "How deep a block must be; the tip is 1 deep." }),
    max: z.int().min(1).max(100_000).default(1000).meta({
      unit: "blocks",
      description:
        "Blocks held at most, and how far back from the tip blocks are remembered; at least `depth`.",
    }),
    retract: z.boolean().default(true).meta({
      description:
        "Whether the BlockDisconnected of a block that had already passed leaves as its retraction.",
    }),
  })
  .refine(({ depth, max }) => max >= depth, "a max below the depth");

/** Holds blocks until they are deep enough, and takes back what a reorganisation undid. */
export const confirmationsStep = defineStep({
  kind: "confirmations",
  docs: {
    summary:
      "Holds each NewBlock until it is `depth` blocks deep on the best chain, then lets the event itself pass; when a block that passed is disconnected later, its BlockDisconnected leaves as a retraction.",
    ordering:
      "Blocks leave lowest first, with the block that makes them deep enough; retractions at once, tip first. A block that is connected again passes again. Other events than those of blocks pass at once; BlockDisconnected that reaches the step leaves as a retraction only.",
    memory:
      "Holds at most `max` blocks: one more is dropped and counted. Remembers the best chain and what passed for `max` blocks below the tip: a disconnection deeper than that is not retracted. A block that is disconnected while it is held is forgotten and counted as dropped. The depth is that of the node's chain, whatever a filter lets through to this step; before the first block after the start it is not known.",
    onComplete: "Completes with its source; blocks not yet deep enough are dropped and counted.",
    onError: "Passes on its source's error; blocks not yet deep enough are dropped and counted.",
    example: "{ id: deep, confirmations: { depth: 6 } }",
  },
  options,
  prepare({ depth, max, retract }, context) {
    const { input } = context;
    if (input.kind !== "event" || !input.types.includes("NewBlock"))
      throw context.fault([], {
        found: `no NewBlock: ${reaches(input)}`,
        allowed: "events with NewBlock among them",
        hint: "take NewBlock as a source, and put map and window after this step",
      });
    const others = input.types.filter((type) => type !== "BlockDisconnected");
    return {
      output: { kind: "event", types: retract ? [...others, "BlockDisconnected"] : others },
      alsoNeeds: ["NewBlock", "BlockDisconnected"] satisfies EventType[],
      operator: (runtime) =>
        stepOperator(runtime.scheduler, (out) => {
          const { counters } = runtime;
          const blocks = new BestBlocks(max);
          const book = new ConfirmationBook(blocks, { depth, max });
          book.restore(runtime.carried());
          runtime.keep(() => book.kept());
          counters.held = book.held;
          const tell = (confirmed: readonly StreamItem[]) => {
            counters.held = book.held;
            for (const item of confirmed) out.next(item);
          };
          // The chain itself, so that a filter before this step doesn't make it look shorter.
          out.listen(runtime.events$("NewBlock", "BlockDisconnected"), {
            next(item) {
              const event = item.value as EventEnvelope<"NewBlock"> | EventEnvelope<"BlockDisconnected">;
              if (event.type === "NewBlock") {
                const { dropped, confirmed } = book.connect(event.payload.height, event.payload.block_hash);
                counters.dropped += dropped;
                tell(confirmed);
              } else {
                const { dropped, retracted } = book.disconnect(event.payload.height, event.payload.hash);
                counters.dropped += dropped;
                tell(retracted && retract ? [item] : []);
              }
            },
          });
          return {
            next(item) {
              const event = item.value as AnyEvent;
              if (event.type === "BlockDisconnected") return;
              if (event.type !== "NewBlock") {
                out.next(item);
                return;
              }
              const { dropped, confirmed } = book.offer(item, event.payload);
              counters.dropped += dropped;
              tell(confirmed);
            },
            close() {
              counters.dropped += book.held;
              counters.held = 0;
            },
          };
        }),
    };
  },
});
