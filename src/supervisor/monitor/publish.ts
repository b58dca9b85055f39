import { errorMessage } from "../../errors.js";
import type { EventPayload, EventType } from "../../events/index.js";
import type { Logger } from "../../log.js";

/** How the monitor tells: the bus' own `publish`, or one that swallows what a closed bus throws. Answers with the seq. */
export type Publish = <T extends EventType>(type: T, payload: EventPayload<T>) => number | undefined;

/** Wraps a publish so that a bus that is closed, or full of publishes, stops no timer and no other work. */
export function harmlessPublish(publish: Publish, log: Logger): Publish {
  return (type, payload) => {
    try {
      return publish(type, payload);
    } catch (cause) {
      log.debug({ type, reason: errorMessage(cause) }, `${type} could not be published`);
      return undefined;
    }
  };
}
