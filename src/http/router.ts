import type { IncomingMessage, ServerResponse } from "node:http";
import type { SchedulerLike } from "rxjs";
import { withoutStack } from "../errors.js";
import type { Logger } from "../log.js";
import { type Answer, errorAnswer, jsonAnswer, sendAnswer, startStream } from "./answer.js";
import { httpErrors } from "./errors.js";
import type { EventFeed } from "./event-feed.js";
import { queriedTypes } from "./event-query.js";
import type { Health } from "./health.js";
import { isHostAllowed } from "./host-header.js";
import type { HttpOptions } from "./options.js";
import { type PageDoor, wantsPage } from "./page/page-door.js";
import { refusalOf, sendRefusal } from "./refusal.js";
import type { RpcDoor } from "./rpc/rpc-door.js";

/** Event feeds that may be open at a time. */
const MAX_FEEDS = 64;

export interface RouterDependencies {
  readonly feed: EventFeed;
  readonly health: () => Health;
  readonly metrics: { readonly contentType: string; render(): Promise<string> };
  /** What browsers are shown at /, where there is a page. */
  readonly page: PageDoor | undefined;
  /** Answers POST / where the host offers JSON-RPC. */
  readonly rpc: RpcDoor | undefined;
  readonly log: Logger;
  readonly scheduler: SchedulerLike;
}

type Respond = (
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
) => Promise<void> | void;

/**
 * Answers requests: GET and HEAD change nothing; POST / is JSON-RPC. What goes wrong before a call is made becomes a JSON
 * answer `{ error: { code, message } }`; the returned function never throws and never rejects.
 */
export function createRouter(deps: RouterDependencies, options: HttpOptions) {
  const routes: Readonly<Record<string, Respond>> = {
    "/": (request, response) => {
      if (deps.page !== undefined && wantsPage(request)) deps.page.sendAsset("/", request, response);
      else sendAnswer(response, index(listed, deps));
    },
    "/metrics": async (_request, response) => {
      const body = await deps.metrics.render();
      sendAnswer(response, { status: 200, contentType: deps.metrics.contentType, body });
    },
    "/healthz": (_request, response) => {
      const { status, height, modules } = deps.health();
      sendAnswer(response, jsonAnswer(status === "ok" ? 200 : 503, { status, height, modules }));
    },
    "/events": (request, response, query) => openFeed(deps.feed, request, response, query),
    ...deps.page?.routes,
  };
  // What is there for the page alone is nothing to list.
  const listed = Object.keys(routes).filter((path) => !path.startsWith("/page/"));

  return async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const [path = "", query = ""] = (request.url ?? "").split("?", 2);
      requireHost(request, options);
      if (request.method === "POST" && path === "/" && deps.rpc !== undefined) {
        await deps.rpc.respond(request, response);
      } else {
        const respond = find(routes, path, request.method ?? "", { listed, hasRpc: deps.rpc !== undefined });
        await respond(request, response, new URLSearchParams(query));
      }
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) deps.log.error({ err: error, url: request.url }, "HTTP request failed");
      if (response.headersSent) response.destroy();
      else {
        const answer = refusal ?? errorAnswer(500, httpErrors.HTTP_INTERNAL({ path: request.url ?? "" }));
        sendRefusal(request, response, answer, deps.scheduler);
      }
    }
  };
}

function requireHost({ headers: { host } }: IncomingMessage, options: HttpOptions): void {
  if (isHostAllowed(host, options)) return;
  throw withoutStack(() => httpErrors.HTTP_HOST_REFUSED({ host: host ?? "" }));
}

function find(
  routes: Readonly<Record<string, Respond>>,
  path: string,
  method: string,
  { listed, hasRpc }: { readonly listed: readonly string[]; readonly hasRpc: boolean },
): Respond {
  if (method !== "GET" && method !== "HEAD") {
    const allowed = hasRpc && path === "/" ? ["GET", "HEAD", "POST"] : ["GET", "HEAD"];
    throw withoutStack(() => httpErrors.HTTP_METHOD_NOT_ALLOWED({ method, allowed }));
  }
  const respond = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (respond !== undefined) return respond;
  throw withoutStack(() => httpErrors.HTTP_NOT_FOUND({ path, paths: listed }));
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

function index(paths: readonly string[], { page, rpc }: Pick<RouterDependencies, "page" | "rpc">): Answer {
  const about: Readonly<Record<string, string>> = {
    "/": page === undefined ? "this list" : "in a browser, the live page; for programs, this list",
    "/metrics": "counters and gauges for Prometheus",
    "/healthz": "status, height and module states; 503 while starting or stopping",
    "/events": "live events as server-sent events; ?types=NewBlock,ChainReorg takes only those",
  };
  const lines = paths.map((path) => `${path.padEnd(10)}${about[path] ?? ""}`);
  if (rpc !== undefined)
    lines.push("POST /    JSON-RPC 2.0: method help lists what there is; needs the token or the cookie");
  return {
    status: 200,
    contentType: "text/plain; charset=utf-8",
    body: `blvm-streams\n\n${lines.join("\n")}\n`,
    ...(page === undefined ? {} : { headers: { Vary: "Accept" } }),
  };
}
