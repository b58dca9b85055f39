import type { IncomingMessage, ServerResponse } from "node:http";
import type { SchedulerLike } from "rxjs";
import { deadline } from "../clock.js";
import { type EngineError, errorCode } from "../errors.js";
import { type Answer, errorAnswer, headersOf, sendAnswer } from "./answer.js";

/** Status of each refusal, and the headers that go with it. */
const statuses: Readonly<Record<string, readonly [number, ((error: EngineError) => Answer["headers"])?]>> = {
  HTTP_BAD_REQUEST: [400],
  HTTP_UNKNOWN_EVENT_TYPE: [400],
  HTTP_UNAUTHORIZED: [
    401,
    ({ details }) => ({
      "WWW-Authenticate": `${(details as { scheme: string }).scheme} realm="blvm-streams"`,
    }),
  ],
  HTTP_HOST_REFUSED: [403],
  HTTP_ORIGIN_REFUSED: [403],
  HTTP_RPC_OFF: [403],
  HTTP_NOT_FOUND: [404],
  HTTP_UNKNOWN_MODULE: [404],
  HTTP_METHOD_NOT_ALLOWED: [
    405,
    ({ details }) => ({ Allow: (details as { allowed: readonly string[] }).allowed.join(", ") }),
  ],
  HTTP_BODY_TOO_SLOW: [408, () => ({ Connection: "close" })],
  HTTP_BODY_TOO_LARGE: [413],
  HTTP_CONTENT_TYPE: [415],
  HTTP_TOO_MANY_CALLS: [429, () => ({ "Retry-After": "1" })],
  HTTP_BODIES_TOO_LARGE: [503, () => ({ "Retry-After": "1" })],
  HTTP_TOO_MANY_FEEDS: [503, () => ({ "Retry-After": "10" })],
};

/** The answer to a request that was refused; undefined for a fault of the host. */
export function refusalOf(error: unknown): Answer | undefined {
  const code = errorCode(error);
  const found = code !== undefined && Object.hasOwn(statuses, code) ? statuses[code] : undefined;
  if (found === undefined) return undefined;
  const [status, headersFor] = found;
  const headers = headersFor?.(error as EngineError);
  return { ...errorAnswer(status, error as EngineError), ...(headers === undefined ? {} : { headers }) };
}

/** A body of more bytes, or of an unknown number, ends the connection of its request when that is refused. */
const SMALL_BODY_BYTES = 1024 * 1024;
const LINGER_MS = 1_000;

/**
 * Answers a request whose body was not read to its end. A connection that is closed with bytes unread is reset, and the
 * answer may be lost on its way: so the rest is thrown away as it comes, for a second at most.
 */
export function sendRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  scheduler: SchedulerLike,
): void {
  const { "content-length": length = "0", "transfer-encoding": encoding } = request.headers;
  const hasBody = encoding !== undefined || Number(length) > 0;
  if (request.complete || !hasBody) {
    sendAnswer(response, answer);
    return;
  }
  const isSmall = encoding === undefined && Number(length) <= SMALL_BODY_BYTES;
  response.writeHead(answer.status, { ...headersOf(answer), ...(isSmall ? {} : { Connection: "close" }) });
  response.write(answer.body);
  const finish = () => {
    timer.unsubscribe();
    response.end();
  };
  const timer = deadline(scheduler, LINGER_MS, finish);
  request
    .once("end", finish)
    .once("close", finish)
    .on("error", () => {});
  request.resume();
}
