import { AsyncLocalStorage } from "node:async_hooks";
import type { InvocationKind } from "../ipc/index.js";
import { readTrace, type TraceContext, traceFields } from "../trace-context.js";
import { activeTrace, inSpan } from "../tracer.js";
import type { ModuleClient } from "./module-client.js";

type Fields = Readonly<Record<string, unknown>>;

/** What somebody asks of a module; what the host asks by itself is part of no trace. */
const askedBySomebody: ReadonlySet<InvocationKind> = new Set(["module_api", "rpc", "cli"]);

/**
 * Knows in the service of which traced call a piece of code runs, also behind awaits and timers, so that the calls that it
 * makes itself and its log lines are part of the trace. A process in which nobody traces pays nothing.
 */
export class TraceInHand {
  readonly #storage = new AsyncLocalStorage<TraceContext | undefined>();

  /** The active span where the process has a tracer, else that of whoever called. */
  get current(): TraceContext | undefined {
    return activeTrace() ?? this.#storage.getStore();
  }

  /** Runs what serves an invocation, as a span where the process has a tracer. */
  serve<Result>(kind: InvocationKind, payload: unknown, work: () => Promise<Result>): Promise<Result> {
    if (!askedBySomebody.has(kind)) return work();
    const fields = fieldsOf(payload);
    const name = String(fields.method ?? fields.subcommand);
    const attributes = { "blvm.kind": kind, "blvm.method": name };
    return inSpan(
      { name: `serve ${name}`, kind: "server", parent: readTrace(fields), attributes },
      ({ trace }) => (trace === this.#storage.getStore() ? work() : this.#storage.run(trace, work)),
    );
  }

  /** Lets the calls of other modules that go through a client say which trace they are part of, each as a span. */
  carriedBy(client: Pick<ModuleClient, "request">): Pick<ModuleClient, "request"> {
    return {
      request: (type, payload, options) => {
        if (type !== "CallModule") return client.request(type, payload, options);
        const fields = fieldsOf(payload);
        const name = String(fields.method);
        const attributes = {
          "blvm.kind": "module_api",
          "blvm.method": name,
          ...(typeof fields.target_module_id === "string" && { "blvm.module": fields.target_module_id }),
        };
        return inSpan(
          { name: `call ${name}`, kind: "client", parent: readTrace(fields) ?? this.current, attributes },
          ({ trace }) => client.request(type, { ...fields, ...traceFields(trace) }, options),
        );
      },
    };
  }
}

function fieldsOf(payload: unknown): Fields {
  return typeof payload === "object" && payload !== null ? (payload as Fields) : {};
}
