import type { EventPayload, EventType } from "../events/index.js";
import {
  type RequestAnswer,
  type RequestName,
  type Requests,
  requestDefinition,
  requestNames,
} from "../requests/index.js";
import type { ModuleClient, RequestOptions } from "./module-client.js";

type Arguments<Name extends RequestName> = Requests[Name]["call"] extends (...args: infer Args) => unknown
  ? Args
  : never;

/** A method of the client for each request, under its name with a small first letter. */
type RequestMethods = {
  readonly [Name in RequestName as Uncapitalize<Name>]: (
    ...args: [...Arguments<Name>, options?: RequestOptions]
  ) => Promise<RequestAnswer<Name>>;
};

/**
 * The node's API over a module's connection: a typed method for each request, whose last argument may be a deadline and
 * a signal. Calls run side by side. What the host answers is checked before a method resolves with it.
 *
 * Every call may reject with PERMISSION_DENIED, RATE_LIMITED, TOO_MANY_REQUESTS, DEADLINE, CONNECTION_CLOSED or the
 * signal's reason; the reference of the requests names the others.
 */
export interface NodeApiIpc extends Omit<RequestMethods, "publishEvent"> {
  /** Publishes an event of a type that modules own, under the module's name. Needs `publish_events`. */
  publishEvent<Type extends EventType>(
    type: Type,
    payload: EventPayload<Type>,
    options?: RequestOptions,
  ): Promise<void>;
}

/** The API over a connection, which it borrows. */
export function createNodeApiIpc(client: Pick<ModuleClient, "request">): NodeApiIpc {
  const methods = requestNames.map((name) => [methodName(name), requestMethod(client, name)] as const);
  return Object.fromEntries(methods) as unknown as NodeApiIpc;
}

function requestMethod(client: Pick<ModuleClient, "request">, name: RequestName) {
  const definition = requestDefinition(name);
  // A method's arguments are those of `call`; what stands behind them are the options.
  const call = definition.call as (...args: unknown[]) => Record<string, unknown>;
  return async (...args: unknown[]) => {
    const payload = withoutAbsent(call(...args.slice(0, call.length)));
    const answer = await client.request(name, payload, args[call.length] as RequestOptions | undefined);
    return definition.answer().parse(answer);
  };
}

function methodName(name: RequestName): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** Optional fields are left out by writers. */
function withoutAbsent(payload: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined));
}
