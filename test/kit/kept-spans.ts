import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";

export interface KeptSpans extends Disposable {
  /** The spans that ended, in that order. */
  spans(): readonly ReadableSpan[];
  /** Resolves with a tree of names, each with those below it, sorted. */
  tree(): readonly SpanTree[];
}

export type SpanTree = readonly [name: string, ...below: SpanTree[]];

interface KeepOptions {
  /** Whether the process keeps track of the active span; true by default. */
  readonly hasContext?: boolean;
  /** By default whoever begins a trace decides, and here all are recorded. */
  readonly sampler?: Pick<Sampler, "shouldSample">;
}

/** Registers OpenTelemetry's own tracer for this process, which keeps its spans; the scope's end takes it back. */
export function keepSpans({
  hasContext = true,
  sampler = new ParentBasedSampler({ root: new AlwaysOnSampler() }),
}: KeepOptions = {}): KeptSpans {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    sampler,
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  if (hasContext) context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  const spans = () => exporter.getFinishedSpans();
  return {
    spans,
    tree: () => treesOf(spans()),
    [Symbol.dispose]() {
      trace.disable();
      context.disable();
    },
  };
}

/** Spans by name as trees, those without a parent among them on top. */
function treesOf(spans: readonly ReadableSpan[]): readonly SpanTree[] {
  const ids = new Set(spans.map((span) => span.spanContext().spanId));
  const below = (parent: string | undefined): SpanTree[] =>
    spans
      .filter(({ parentSpanContext }) => {
        const id = parentSpanContext?.spanId;
        return parent === undefined ? id === undefined || !ids.has(id) : id === parent;
      })
      .map((span): SpanTree => [span.name, ...below(span.spanContext().spanId)])
      .toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
  return below(undefined);
}
