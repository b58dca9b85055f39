import { map, type Observable } from "rxjs";
import { z } from "zod";
import type { StreamKinds } from "../../src/streams/index.js";
import { defineSink, type OpenSink } from "../../src/streams/sink.js";
import { defineStep, type StepDefinition, type StepDocs, type StepRuntime } from "../../src/streams/step.js";
import { filterStep } from "../../src/streams/steps/filter.js";
import type { StreamItem } from "../../src/streams/stream-item.js";

const docs: StepDocs = {
  summary: "Stands in a test.",
  ordering: "Kept.",
  memory: "None.",
  onComplete: "Completes.",
  onError: "Passes it on.",
  example: "{ id: x, pass: {} }",
};

/** A step of any behaviour, under the given kind; its output is its input. */
export function stepOf(
  kind: string,
  operate: (source$: Observable<StreamItem>, runtime: StepRuntime) => Observable<StreamItem>,
  alsoNeeds?: readonly ["BlockDisconnected"],
): StepDefinition {
  return defineStep({
    kind,
    docs,
    options: z.strictObject({
      n: z.int().min(1).max(10).default(1).meta({ unit: "items", description: "Any number." }),
    }),
    prepare: (_options, { input }) => ({
      output: input,
      ...(alsoNeeds !== undefined && { alsoNeeds }),
      operator: (runtime) => (source$) => operate(source$, runtime),
    }),
  });
}

/** Passes everything. */
export const passStep = stepOf("pass", (source$) => source$.pipe(map((item) => item)));

/** What the sinks of one test got, by the id of the sink; a sink may be slowed by `open`. */
export class SinkBook {
  readonly items = new Map<string, StreamItem[]>();
  readonly closed: string[] = [];
  write: (id: string, item: StreamItem) => void | Promise<void> = () => {};

  seqs(id: string): number[] {
    return (this.items.get(id) ?? []).map(({ seq }) => seq);
  }

  open(id: string): OpenSink {
    this.items.set(id, []);
    return {
      write: (item) => {
        this.items.get(id)?.push(item);
        return this.write(id, item);
      },
      close: async () => {
        this.closed.push(id);
      },
    };
  }

  get definition() {
    return defineSink({
      kind: "book",
      docs,
      options: z.strictObject({ of: z.string().optional() }),
      prepare: ({ of }, context) => {
        if (of !== undefined) context.expression(["of"], of, "any");
        return { open: ({ id }) => this.open(id) };
      },
    });
  }
}

/** The filter, `pass`, and whatever a test adds; one kind of sink, `book`. */
export function kindsOf(book: SinkBook, ...steps: readonly StepDefinition[]): StreamKinds {
  return {
    steps: [filterStep, passStep, ...steps] as StepDefinition[],
    sinks: [book.definition] as StreamKinds["sinks"],
  };
}
