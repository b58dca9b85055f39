import type { IncomingMessage, ServerResponse } from "node:http";
import type { EngineError } from "../errors.js";
import { errorCode } from "../errors.js";
import type { Logger } from "../log.js";
import { type Answer, errorAnswer, jsonAnswer, sendAnswer, startStream } from "./answer.js";
import { httpErrors } from "./errors.js";
import type { EventFeed } from "./event-feed.js";
import { queriedTypes } from "./event-query.js";
import type { Health } from "./health.js";
import { isHostAllowed } from "./host-header.js";
import type { HttpOptions } from "./options.js";

/** Event feeds that may be open at a time. */
const MAX_FEEDS = 64;

export interface RouterDependencies {
  readonly feed: EventFeed;
  readonly health: () => Health;
  readonly metrics: { readonly contentType: string; render(): Promise<string> };
  readonly log: Logger;
}

type Respond = (
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
) => Promise<void> | void;

/**
 * Answers requests: GET and HEAD only, nothing changes the host. What goes wrong becomes a JSON answer
 * `{ error: { code, message } }`; the returned function never throws and never rejects.
 */
export function createRouter(deps: RouterDependencies, options: HttpOptions) {
  const routes: Readonly<Record<string, Respond>> = {
    "/": (_request, response) => sendAnswer(response, index(Object.keys(routes))),
    "/metrics": async (_request, response) => {
      const body = await deps.metrics.render();
      sendAnswer(response, { status: 200, contentType: deps.metrics.contentType, body });
    },
    "/healthz": (_request, response) => {
      const { status, height, modules } = deps.health();
      sendAnswer(response, jsonAnswer(status === "ok" ? 200 : 503, { status, height, modules }));
    },
    "/events": (request, response, query) => openFeed(deps.feed, request, response, query),
  };

  return async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { respond, query } = find(routes, request, options);
      await respond(request, response, query);
    } catch (error) {
      const refusal = refusalStatus(error);
      if (refusal === undefined) deps.log.error({ err: error, url: request.url }, "HTTP request failed");
      if (response.headersSent) response.destroy();
      else
        sendAnswer(
          response,
          refusal ?? errorAnswer(500, httpErrors.HTTP_INTERNAL({ path: request.url ?? "" })),
        );
    }
  };
}

function find(routes: Readonly<Record<string, Respond>>, request: IncomingMessage, options: HttpOptions) {
  const { host } = request.headers;
  if (!isHostAllowed(host, options)) throw httpErrors.HTTP_HOST_REFUSED({ host: host ?? "" });
  const method = request.method ?? "";
  if (method !== "GET" && method !== "HEAD") throw httpErrors.HTTP_METHOD_NOT_ALLOWED({ method });
  const [path = "", query = ""] = (request.url ?? "").split("?", 2);
  const respond = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (respond === undefined) throw httpErrors.HTTP_NOT_FOUND({ path, paths: Object.keys(routes) });
  return { respond, query: new URLSearchParams(query) };
}

function openFeed(
  feed: EventFeed,
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): void {
  const types = queriedTypes(query);
  if (feed.readerCount >= MAX_FEEDS) throw httpErrors.HTTP_TOO_MANY_FEEDS({ limit: MAX_FEEDS });
  startStream(response, "text/event-stream; charset=utf-8");
  if (request.method === "HEAD") response.end();
  else feed.add(response, types);
}

/** The answer to a request that was refused; undefined for a fault of the host. */
function refusalStatus(error: unknown): Answer | undefined {
  const refused = error as EngineError;
  switch (errorCode(error)) {
    case "HTTP_BAD_REQUEST":
    case "HTTP_UNKNOWN_EVENT_TYPE":
      return errorAnswer(400, refused);
    case "HTTP_HOST_REFUSED":
      return errorAnswer(403, refused);
    case "HTTP_NOT_FOUND":
      return errorAnswer(404, refused);
    case "HTTP_METHOD_NOT_ALLOWED":
      return { ...errorAnswer(405, refused), headers: { Allow: "GET, HEAD", Connection: "close" } };
    case "HTTP_TOO_MANY_FEEDS":
      return { ...errorAnswer(503, refused), headers: { "Retry-After": "10" } };
    default:
      return undefined;
  }
}

function index(paths: readonly string[]): Answer {
  const about: Readonly<Record<string, string>> = {
    "/": "this list",
    "/metrics": "counters and gauges for Prometheus",
    "/healthz": "status, height and module states; 503 while starting or stopping",
    "/events": "live events as server-sent events; ?types=NewBlock,ChainReorg takes only those",
  };
  const lines = paths.map((path) => `${path.padEnd(10)}${about[path] ?? ""}`);
  return {
    status: 200,
    contentType: "text/plain; charset=utf-8",
    body: `blvm-streams\n\n${lines.join("\n")}\n`,
  };
}
