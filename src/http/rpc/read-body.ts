import type { IncomingMessage } from "node:http";
import type { SchedulerLike } from "rxjs";
import { deadline } from "../../clock.js";
import { withoutStack } from "../../errors.js";
import { httpErrors } from "../errors.js";

export interface BodyLimits {
  readonly maxBytes: number;
  /** From now to the body's last byte. */
  readonly timeoutMs: number;
  /** Asked before so many bytes more are kept; false refuses the body. Everything may be kept by default. */
  readonly claim?: (bytes: number) => boolean;
}

/**
 * The body of a request, or undefined when its sender went away.
 * @throws HTTP_BODY_TOO_LARGE as soon as that is known, HTTP_BODY_TOO_SLOW, HTTP_BODIES_TOO_LARGE; what is left of the
 * body is not read then
 */
export function readBody(
  request: IncomingMessage,
  { maxBytes, timeoutMs, claim = () => true }: BodyLimits,
  scheduler: SchedulerLike,
): Promise<Uint8Array | undefined> {
  const tooLarge = () => withoutStack(() => httpErrors.HTTP_BODY_TOO_LARGE({ limitBytes: maxBytes }));
  const noRoom = () => withoutStack(() => httpErrors.HTTP_BODIES_TOO_LARGE({}, { retryable: true }));
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const parts: Uint8Array[] = [];
    let heldBytes = 0;
    const take = (part: Uint8Array) => {
      heldBytes += part.length;
      if (heldBytes > maxBytes) settle(() => reject(tooLarge()));
      else if (claim(part.length)) parts.push(part);
      else settle(() => reject(noRoom()));
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
