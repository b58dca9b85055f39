import { errorCode } from "./errors.js";
import { readTrace, type TraceContext } from "./trace-context.js";

/** One span to be. */
export interface SpanStart {
  readonly name: string;
  /** `server` answers somebody and is the active span while it works; `client` asks somebody. */
  readonly kind: "server" | "client";
  /** Whose part it is; absent: it begins a trace. */
  readonly parent: TraceContext | undefined;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A span as its work sees it. */
export interface WorkSpan {
  /** What to send on: this span, or where nobody traces its parent as it came. */
  readonly trace: TraceContext | undefined;
  set(attribute: string, value: string): void;
}

/**
 * Where every copy of @opentelemetry/api 1.x keeps what the process registered, and under which key each keeps the span of a
 * context: what they agree on among themselves. Read from here, a tracer is found wherever it was installed (a module has
 * packages of its own, or is one file) and nothing is loaded where there is none.
 */
const REGISTERED = Symbol.for("opentelemetry.js.api.1");
const SPAN = Symbol.for("OpenTelemetry Context Key SPAN");
const KINDS = { server: 1, client: 2 } as const;
const FAILED = 2;

interface SpanPlace {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly traceState?: { serialize(): string } | undefined;
}

interface Span {
  spanContext(): SpanPlace;
  setAttribute(name: string, value: string): unknown;
  setStatus(status: { readonly code: number }): unknown;
  end(): void;
}

interface Context {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): Context;
  deleteValue(key: symbol): Context;
}

/** The members of OpenTelemetry's API, version 1, that are used here. */
interface Registered {
  readonly trace?: {
    getTracer(name: string): { startSpan(name: string, options: object, context: Context): Span };
  };
  readonly context?: { active(): Context; with<Result>(context: Context, work: () => Result): Result };
}

function registered(): Registered | undefined {
  return (globalThis as { readonly [REGISTERED]?: Registered })[REGISTERED];
}

/** The span that the running code is in, if the process keeps track of that. Never throws. */
export function activeTrace(): TraceContext | undefined {
  const context = registered()?.context;
  return context && quietly(() => placeOf(spanOf(context.active())));
}

/**
 * Does something as one span, when the process has registered a provider of tracers with OpenTelemetry; else it just does
 * it. What the work throws is the span's outcome, by its code, and is thrown. A tracer that throws changes nothing.
 */
export function inSpan<Result>(start: SpanStart, work: (span: WorkSpan) => Promise<Result>): Promise<Result> {
  const api = registered();
  const opened = api?.trace && quietly(() => openSpan(api, start));
  return opened === undefined ? work({ trace: start.parent, set() {} }) : workIn(opened, start, work);
}

interface OpenedSpan {
  readonly span: Span;
  /** Runs what has this span as the active one. */
  readonly enter: <Result>(work: () => Result) => Result;
}

function openSpan(api: Registered, { name, kind, parent, attributes }: SpanStart): OpenedSpan | undefined {
  const around = contextOf(api, parent);
  const span = api.trace
    ?.getTracer("blvm-streams")
    .startSpan(name, { kind: KINDS[kind], attributes }, around);
  if (span === undefined) return undefined;
  const { context } = api;
  if (kind === "client" || context === undefined) return { span, enter: (work) => work() };
  const within = around.setValue(SPAN, span);
  return { span, enter: (work) => context.with(within, work) };
}

async function workIn<Result>(
  { span, enter }: OpenedSpan,
  { parent }: SpanStart,
  work: (span: WorkSpan) => Promise<Result>,
): Promise<Result> {
  const set = (name: string, value: string) => void quietly(() => span.setAttribute(name, value));
  try {
    const trace = quietly(() => placeOf(span, parent)) ?? parent;
    const result = await enter(() => work({ trace, set }));
    set("blvm.outcome", "ok");
    return result;
  } catch (error) {
    const code = errorCode(error) ?? "_OTHER";
    set("blvm.outcome", code);
    set("error.type", code);
    quietly(() => span.setStatus({ code: FAILED }));
    throw error;
  } finally {
    quietly(() => span.end());
  }
}

/** The active context where its span is the parent, one that holds nothing but the parent where it came from elsewhere. */
function contextOf({ context }: Registered, parent: TraceContext | undefined): Context {
  if (parent === undefined) return new Values(new Map());
  const active = context?.active();
  if (active !== undefined && placeOf(spanOf(active))?.spanId === parent.spanId) return active;
  return new Values(new Map([[SPAN, remoteSpan(parent)]]));
}

function spanOf(context: Context): Span | undefined {
  return context.getValue(SPAN) as Span | undefined;
}

/** Samplers may change the trace's state; of a tracer that knows none it goes on as it came. */
function placeOf(span: Span | undefined, parent?: TraceContext): TraceContext | undefined {
  if (span === undefined) return undefined;
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  const flags = (traceFlags & 0xff).toString(16).padStart(2, "0");
  const tracestate = traceState === undefined ? parent?.state : traceState.serialize();
  return readTrace({ traceparent: `00-${traceId}-${spanId}-${flags}`, tracestate });
}

/** A span of another process: it can be a parent, and takes nothing. */
function remoteSpan({ traceId, spanId, flags, state }: TraceContext) {
  const traceState = state === undefined ? undefined : new State(state);
  const place = { traceId, spanId, traceFlags: flags, traceState, isRemote: true };
  const ignore = () => span;
  const span = {
    spanContext: () => place,
    isRecording: () => false,
    setAttribute: ignore,
    setAttributes: ignore,
    addEvent: ignore,
    addLink: ignore,
    addLinks: ignore,
    setStatus: ignore,
    updateName: ignore,
    recordException() {},
    end() {},
  };
  return span;
}

/** A trace's state for tracers, which all spans below have: entries as in `key=value,other=value`, the newest first. */
class State {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  serialize(): string {
    return this.#text;
  }

  get(key: string): string | undefined {
    const entry = this.#entries().find((each) => each.startsWith(`${key}=`));
    return entry?.slice(key.length + 1);
  }

  set(key: string, value: string): State {
    return new State([`${key}=${value}`, ...this.#without(key)].join(","));
  }

  unset(key: string): State {
    return new State(this.#without(key).join(","));
  }

  #without(key: string): string[] {
    return this.#entries().filter((entry) => !entry.startsWith(`${key}=`));
  }

  #entries(): string[] {
    return this.#text.split(",").map((entry) => entry.trim());
  }
}

class Values implements Context {
  readonly #values: ReadonlyMap<symbol, unknown>;

  constructor(values: ReadonlyMap<symbol, unknown>) {
    this.#values = values;
  }

  getValue(key: symbol): unknown {
    return this.#values.get(key);
  }

  setValue(key: symbol, value: unknown): Values {
    return new Values(new Map(this.#values).set(key, value));
  }

  deleteValue(key: symbol): Values {
    return new Values(new Map([...this.#values].filter(([each]) => each !== key)));
  }
}

function quietly<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
