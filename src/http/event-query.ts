import { type EventType, eventTypes, isEventType, nearestName, resolveAlias } from "../events/index.js";
import { httpErrors } from "./errors.js";

/**
 * The types that `?types=A,B` asks for; undefined, meaning every type, without the parameter.
 * A deprecated alias stands for its successor.
 * @throws HTTP_UNKNOWN_EVENT_TYPE, HTTP_BAD_REQUEST
 */
export function queriedTypes(query: URLSearchParams): ReadonlySet<EventType> | undefined {
  for (const name of query.keys()) {
    if (name !== "types") {
      const problem = `unknown query parameter ${JSON.stringify(name)}`;
      throw httpErrors.HTTP_BAD_REQUEST({ problem, allowed: "types=A,B" });
    }
  }
  if (!query.has("types")) return undefined;
  const names = query.getAll("types").flatMap((value) => value.split(","));
  return new Set(names.map((name) => typeOf(name.trim())));
}

function typeOf(name: string): EventType {
  if (name === "") {
    const allowed = "types=A,B, or no types parameter for all of them";
    throw httpErrors.HTTP_BAD_REQUEST({ problem: "types holds an empty name", allowed });
  }
  if (isEventType(name)) return resolveAlias(name);
  throw httpErrors.HTTP_UNKNOWN_EVENT_TYPE({ type: name, nearest: nearestName(name, eventTypes) });
}
