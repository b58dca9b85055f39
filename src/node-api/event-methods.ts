import {
  type EventType,
  eventDefinition,
  eventErrors,
  eventTypes,
  isEventType,
  nearestName,
  parsePayload,
  resolveAlias,
} from "../events/index.js";
import { ipcErrors } from "../ipc/index.js";
import type { RequestInput } from "../requests/index.js";
import { securityErrors } from "../security/index.js";
import type { Caller, NodeApiDependencies } from "./dependencies.js";
import { nodeApiErrors } from "./errors.js";
import { forgetFilter, readFilters } from "./event-filters.js";
import type { Methods } from "./method.js";

/** Names in one SubscribeEvents; the catalogue holds an eighth of that. */
const MAX_NAMES = 1000;

/** Fields of features that no handshake grants yet; ignoring them would deliver what was not asked for. */
const notGranted = ["after_seq", "after_height", "cursor"] as const;

function refuseNotGranted(input: RequestInput<"SubscribeEvents">): void {
  for (const field of notGranted) {
    if (input[field] === undefined || input[field] === null) continue;
    const problem = "its feature was not granted in the handshake, allowed is a subscription without it";
    throw nodeApiErrors.INVALID_PARAMS({ field, problem });
  }
}

function readType(name: string): EventType {
  if (isEventType(name)) return name;
  throw eventErrors.UNKNOWN_EVENT_TYPE({
    type: name.slice(0, 64),
    nearest: nearestName(name.slice(0, 64), eventTypes),
  });
}

function readTypes(names: readonly unknown[], caller: Caller, deps: NodeApiDependencies): EventType[] {
  if (names.length > MAX_NAMES) {
    throw ipcErrors.LIMIT({ what: "number of event types", found: names.length, limit: MAX_NAMES });
  }
  return [...new Set(names)].map((name) => {
    if (typeof name !== "string") {
      throw nodeApiErrors.INVALID_PARAMS({
        field: "event_types",
        problem: `found a ${typeof name}, allowed are names`,
      });
    }
    const type = readType(name);
    const resolved = resolveAlias(type);
    if (resolved !== type && !caller.warnedAliases.has(type)) {
      caller.warnedAliases.add(type);
      deps.log.warn(
        { module: caller.moduleName, type, use: resolved },
        `event type ${type} is deprecated: ${resolved} is subscribed instead`,
      );
    }
    return resolved;
  });
}

function publish(name: string, payload: unknown, caller: Caller, deps: NodeApiDependencies): null {
  const type = readType(name);
  if (eventDefinition(type).owner !== "module") {
    deps.notePublishRejected("permission");
    throw securityErrors.PERMISSION_DENIED({
      what: `publishing ${type}`,
      needs: "to be the node, which alone publishes this type",
      declared: [...caller.capabilities],
      remedy: "publish a type that modules own: `blvm-streams events list` names the owners",
    });
  }
  const parsed = parsePayload(type, payload);
  if (!parsed.ok) {
    deps.notePublishRejected("schema");
    throw nodeApiErrors[parsed.code]({ field: parsed.field, problem: parsed.message });
  }
  deps.publish(type, parsed.payload, `module:${caller.moduleName}`);
  return null;
}

/** Subscribing and publishing. */
export const eventMethods: Methods<"SubscribeEvents" | "UnsubscribeEvents" | "PublishEvent"> = {
  // Answered before it takes effect, so that the answer precedes every event of the subscription.
  SubscribeEvents: ({ input, caller, deps, answerNow }) => {
    refuseNotGranted(input);
    const types = readTypes(input.event_types, caller, deps);
    const { filters, sources } = readFilters(input.filters, types, {
      caller,
      readType: (name) => resolveAlias(readType(name)),
    });
    const { subscribed } = caller.filters;
    for (const type of types) if (!subscribed.has(type)) subscribed.set(type, sources.get(type));
    caller.subscribe(types, () => answerNow(null), filters);
    return null;
  },
  UnsubscribeEvents: ({ input, caller, deps }) => {
    const types = readTypes(input.event_types, caller, deps);
    for (const type of types) forgetFilter(type, caller.filters);
    caller.unsubscribe(types);
    return null;
  },
  PublishEvent: ({ input, caller, deps }) => publish(input.event_type, input.payload, caller, deps),
};
