import type { IncomingMessage } from "node:http";
import type { SchedulerLike } from "rxjs";
import { deadline } from "../../clock.js";
import { withoutStack } from "../../errors.js";
import { httpErrors } from "../errors.js";

export interface BodyLimits {
  readonly maxBytes: number;
  /** From now to the body's last byte. */
  readonly timeoutMs: number;
}

/**
 * The body of a request, or undefined when its sender went away.
 * @throws HTTP_BODY_TOO_LARGE as soon as that is known, HTTP_BODY_TOO_SLOW; what is left of the body is not read then
 */
export function readBody(
  request: IncomingMessage,
  { maxBytes, timeoutMs }: BodyLimits,
  scheduler: SchedulerLike,
): Promise<Uint8Array | undefined> {
  const tooLarge = () => withoutStack(() => httpErrors.HTTP_BODY_TOO_LARGE({ limitBytes: maxBytes }));
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const parts: Uint8Array[] = [];
    let heldBytes = 0;
    const take = (part: Uint8Array) => {
      heldBytes += part.length;
      if (heldBytes <= maxBytes) parts.push(part);
      else settle(() => reject(tooLarge()));
    };
    const end = () => settle(() => resolve(Buffer.concat(parts)));
    const leave = () => settle(() => resolve(undefined));
    const timer = deadline(scheduler, timeoutMs, () =>
      settle(() => reject(withoutStack(() => httpErrors.HTTP_BODY_TOO_SLOW({ timeoutMs })))),
    );
    const settle = (tell: () => void) => {
      timer.unsubscribe();
      request.off("data", take).off("end", end).off("close", leave).off("error", leave);
      // The connection may still fail, which nobody needs to hear then.
      request.on("error", () => {});
      tell();
    };
    request.on("data", take).on("end", end).on("close", leave).on("error", leave);
  });
}
