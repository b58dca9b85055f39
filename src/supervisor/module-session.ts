import type { EventBus, EventFilter, ModulePipeline } from "../bus/index.js";
import type { EventType } from "../events/index.js";
import type {
  HandlerTimings,
  HandshakeAck,
  HostEnd,
  HostEndHandlers,
  IncomingRequest,
  InvocationKind,
  Message,
} from "../ipc/index.js";
import type { Logger } from "../log.js";
import type { Capability } from "../manifest/index.js";
import { escapeText } from "./escape-text.js";
import type { Announcement, LoadedModules } from "./loaded-modules.js";
import type { LogLimiter } from "./log-limiter.js";
import { noteRefusal } from "./noted-refusals.js";

/** The module behind a request, as the node's API sees it. */
export interface SessionCaller {
  readonly moduleId: string;
  readonly moduleName: string;
  readonly capabilities: ReadonlySet<Capability>;
  readonly rpcOverrides: readonly string[];
  readonly warnedAliases: Set<EventType>;
  readonly filters: {
    readonly isGranted: boolean;
    readonly subscribed: Map<EventType, string | undefined>;
  };
  subscribe(
    types: readonly EventType[],
    onAccepted: () => void,
    filters?: ReadonlyMap<EventType, EventFilter>,
  ): void;
  unsubscribe(types: readonly EventType[]): void;
  invoke(kind: InvocationKind, payload: unknown, timeoutMs: number, signal?: AbortSignal): Promise<unknown>;
  onClosed(run: () => void): void;
}

export interface SessionDependencies {
  readonly bus: EventBus;
  readonly loaded: LoadedModules;
  readonly serve: (request: IncomingRequest, caller: SessionCaller) => void;
  readonly onRefused: (moduleName: string, type: string, code: string) => void;
  readonly onLiveness?: ((moduleName: string, isResponsive: boolean, silentMs: number) => void) | undefined;
  readonly log: Logger;
  readonly logLimiter: Pick<LogLimiter, "admit">;
}

export interface SessionOptions {
  readonly moduleId: string;
  readonly capabilities: ReadonlySet<Capability>;
  readonly rpcOverrides: readonly string[];
  readonly announcement: Announcement;
  readonly delivery: { readonly capacity: number; readonly window: number; readonly max_bytes: number };
  readonly maxFrameBytes: number;
  /** What the predecessor left for this one; it is this session's from now on unless nobody subscribes. */
  readonly heldPipeline?: ModulePipeline | undefined;
  readonly onClosed: (reason: string) => void;
}

/** One connection of a module, joined to its event pipeline. It ends with the connection. */
export interface ModuleSession {
  readonly end: HostEnd;
  readonly pipeline: ModulePipeline;
  readonly handlers: HostEndHandlers;
  /** Resolves when the connection is closed and its events are booked. */
  readonly closed: Promise<void>;
}

/**
 * Joins a connection that passed its handshake to a new pipeline: acknowledgements and writes flow back to the books,
 * requests go to the node's API, logs to the log. Close counts what was under way as failed.
 */
export function openModuleSession(
  deps: SessionDependencies,
  options: SessionOptions,
  end: HostEnd,
  ack: HandshakeAck,
): ModuleSession {
  const { bus, loaded, log } = deps;
  const { announcement } = options;
  const { moduleName } = announcement;
  const pipelineOptions = {
    ...options.delivery,
    hasAcks: ack.features.includes("ack"),
    hasGaps: ack.features.includes("gap"),
    maxFrameBytes: options.maxFrameBytes,
  };
  options.heldPipeline?.resume(end, pipelineOptions);
  const pipeline = options.heldPipeline ?? bus.openPipeline(moduleName, end, pipelineOptions);
  // One that comes back while it is being stopped gets no further event, as on the connection before.
  if (announcement.isStopping?.() === true && !pipeline.isHeld) pipeline.shut();
  const closers: (() => void)[] = [];
  const caller: SessionCaller = {
    moduleId: options.moduleId,
    moduleName,
    capabilities: options.capabilities,
    rpcOverrides: options.rpcOverrides,
    warnedAliases: new Set(),
    filters: { isGranted: ack.features.includes("filter"), subscribed: new Map() },
    subscribe: (types, onAccepted, filters) =>
      loaded.subscribe(pipeline, announcement, types, onAccepted, filters),
    unsubscribe: (types) => {
      // Its predecessor's subscriptions are there for the one that subscribes next.
      if (pipeline.isHeld) return;
      for (const type of types) pipeline.unsubscribe(type);
    },
    invoke: (kind, payload, timeoutMs, signal) => end.invoke(kind, payload, timeoutMs, signal),
    onClosed: (run) => {
      if (end.isClosed) run();
      else closers.push(run);
    },
  };
  let resolveClosed = () => {};
  const closed = new Promise<void>((resolve) => {
    resolveClosed = resolve;
  });
  return {
    end,
    pipeline,
    closed,
    handlers: {
      onRequest: (request) =>
        deps.serve(
          noteRefusal(request, bus.historyOf(moduleName), () => bus.lastSeq),
          caller,
        ),
      onRefused: (type, code) => deps.onRefused(moduleName, type, code),
      onAck: (seq, timings) => {
        if (pipeline.acknowledge(seq) === "beyond_sent") return false;
        if (timings !== undefined) noteHandlerTimes(bus, moduleName, timings);
        return true;
      },
      onLog: (line) => {
        const text = loggedText(line);
        if (deps.logLimiter.admit(text.message.length + text.fields.length)) writeLogLine(log, line, text);
      },
      onLiveness: (isResponsive, silentMs) => {
        deps.onLiveness?.(moduleName, isResponsive, silentMs);
        if (isResponsive) log.info({}, "module answers again");
        else
          log.warn(
            { silentMs: Math.round(silentMs) },
            "module is unresponsive: it sent nothing for five heartbeats",
          );
      },
      beforeMessage: () => pipeline.catchUp(),
      beforeFlush: () => pipeline.pump(),
      afterWrite: (lastSeq) => pipeline.written(lastSeq),
      onClosed: (reason) => {
        for (const run of closers.splice(0)) run();
        // A held pipeline waits for the next connection; whoever holds it closes it when none comes.
        if (pipeline.isHeld) pipeline.detach(reason.text);
        else bus.closePipeline(pipeline, reason.text);
        bus.books.of(moduleName).partialFrameBytes += reason.partialBytes ?? 0;
        if (reason.error === undefined) log.debug({ reason: reason.text }, "connection closed");
        else
          log.warn(
            { code: reason.error.code, reason: reason.text },
            "connection closed over a fault of the module",
          );
        resolveClosed();
        options.onClosed(reason.text);
      },
    },
  };
}

type LogLine = Extract<Message, { kind: "log" }>;

const MAX_LOGGED_CHARS = 8192;

/** Of each batch the longest run is known exactly, the others by their mean. */
function noteHandlerTimes(bus: EventBus, moduleName: string, timings: HandlerTimings): void {
  const { handlerDuration, handlerTimes } = bus.books.of(moduleName);
  for (const type in timings) {
    const [count, totalUs, maxUs] = timings[type] as HandlerTimings[string];
    if (count === 0) continue;
    handlerTimes.note(type, count, totalUs / 1000, maxUs / 1000);
    handlerDuration.add(maxUs / 1000);
    if (count > 1) handlerDuration.add(Math.max(0, totalUs - maxUs) / (count - 1) / 1000, count - 1);
  }
}

interface LoggedText {
  readonly message: string;
  /** As JSON, empty when there are none. */
  readonly fields: string;
}

/** What is logged of a line: at most 8 KiB of its message, and its fields when they take no more than that. */
function loggedText({ message, fields }: LogLine): LoggedText {
  const asJson = Object.keys(fields).length === 0 ? "" : JSON.stringify(fields, jsonData);
  const isLong = asJson.length > MAX_LOGGED_CHARS;
  return {
    message: message.slice(0, MAX_LOGGED_CHARS),
    fields: isLong ? JSON.stringify({ left_out: `${asJson.length} characters` }) : asJson,
  };
}

function writeLogLine(log: Logger, { level, target }: LogLine, { message, fields }: LoggedText): void {
  const told = fields === "" ? {} : toldFields(escapeAll(JSON.parse(fields)));
  log[level]({ target: escapeText(target.slice(0, 64)), ...told }, escapeText(message));
}

/** The event that the line is about, and the trace, stand where the host's own lines have theirs. */
function toldFields(fields: unknown): object {
  const { seq, trace_id, span_id } = fields as Readonly<Record<string, unknown>>;
  return {
    ...(Number.isSafeInteger(seq) && { seq }),
    ...(isHex(trace_id, 32) && { trace_id }),
    ...(isHex(span_id, 16) && { span_id }),
    fields,
  };
}

function isHex(value: unknown, chars: number): boolean {
  return typeof value === "string" && value.length === chars && /^[0-9a-f]*$/.test(value);
}

/** Every text in a JSON value, keys included. An escape for terminals is none for JSON, so the value comes first. */
function escapeAll(value: unknown): unknown {
  if (typeof value === "string") return escapeText(value);
  if (Array.isArray(value)) return value.map(escapeAll);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [escapeText(key), escapeAll(item)]));
}

function jsonData(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
