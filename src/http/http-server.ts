import { createServer, type Server } from "node:http";
import { type AddressInfo, isIPv6 } from "node:net";
import type { Observable, SchedulerLike } from "rxjs";
import { deadline, monotonicScheduler } from "../clock.js";
import { errorCode, errorMessage } from "../errors.js";
import type { AnyEvent } from "../events/index.js";
import type { Logger } from "../log.js";
import { httpErrors } from "./errors.js";
import { EventFeed } from "./event-feed.js";
import type { Health } from "./health.js";
import type { HttpOptions } from "./options.js";
import { PageDoor } from "./page/page-door.js";
import type { PageOffer } from "./page/page-offer.js";
import { createRouter } from "./router.js";
import { RpcDoor, type RpcOffer } from "./rpc/rpc-door.js";

export interface HttpServerDependencies {
  readonly all$: Observable<AnyEvent>;
  readonly health: () => Health;
  readonly metrics: { readonly contentType: string; render(): Promise<string> };
  /** What POST / offers; without it the server changes nothing. */
  readonly rpc?: RpcOffer;
  /** What the page shows; without it, or where it wasn't built, there is none. */
  readonly page?: PageOffer;
  readonly log: Logger;
  readonly scheduler?: SchedulerLike;
}

export interface HttpServer {
  /**
   * Starts to listen; the cookie of JSON-RPC is written before. What was opened is closed when it fails.
   * @throws HTTP_PORT_IN_USE, HTTP_LISTEN_FAILED, HTTP_COOKIE_UNWRITABLE
   */
  start(): Promise<{ readonly url: string }>;
  /**
   * Takes the cookie away, ends the event feeds, lets running answers finish for half a second, then cuts what is left.
   * Idempotent.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What a client may hold: the feeds' 64 connections and plenty of others. */
const MAX_CONNECTIONS = 256;
const MAX_HEADER_BYTES = 8 * 1024;
/** From a request's first byte to its last; nobody has anything long to say here. */
const REQUEST_MS = 10_000;
const KEEP_ALIVE_MS = 5_000;
/** Without a byte in either direction; feeds speak each 15 s. */
const IDLE_MS = 60_000;
const CHECK_EACH_MS = 1_000;
const CLOSE_GRACE_MS = 500;

/**
 * The host's HTTP server: `/metrics`, `/healthz`, `/events`, and `/`, which is a page for browsers, lists what there is for
 * programs, and takes JSON-RPC by POST.
 * Clients are bounded in number, header size, time and unread bytes.
 */
export function createHttpServer(deps: HttpServerDependencies, options: HttpOptions): HttpServer {
  const { all$, health, metrics, log, scheduler = monotonicScheduler } = deps;
  const feed = new EventFeed({ all$, scheduler });
  const rpc = deps.rpc === undefined ? undefined : new RpcDoor({ ...deps.rpc, log, scheduler }, options);
  const page = deps.page === undefined ? undefined : PageDoor.open(deps.page, scheduler, log);
  const route = createRouter({ feed, health, metrics, page, rpc, log, scheduler }, options);
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: REQUEST_MS,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: CHECK_EACH_MS,
    },
    (request, response) => void route(request, response),
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = IDLE_MS;
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= closeServer({ server, feed, page, rpc, scheduler });
    return closing;
  };
  return {
    async start() {
      await rpc?.open();
      const bound = await listen(server, options).catch(async (error: unknown) => {
        await rpc?.close();
        throw error;
      });
      rpc?.announce(bound.url);
      server.on("error", (error) =>
        log.error({ err: error }, "the HTTP server could not accept a connection"),
      );
      return bound;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function listen(server: Server, { host, port }: HttpOptions): Promise<{ readonly url: string }> {
  await new Promise<void>((resolve, reject) => {
    const refuse = (cause: unknown) => {
      if (errorCode(cause) === "EADDRINUSE") reject(httpErrors.HTTP_PORT_IN_USE({ host, port }, { cause }));
      else reject(httpErrors.HTTP_LISTEN_FAILED({ host, port, reason: errorMessage(cause) }, { cause }));
    };
    server.once("error", refuse);
    server.listen({ host, port }, () => {
      server.off("error", refuse);
      resolve();
    });
  });
  const { port: boundPort } = server.address() as AddressInfo;
  const name = reachableName(host);
  return { url: `http://${isIPv6(name) ? `[${name}]` : name}:${boundPort}` };
}

/** A server on every address can't be called by that name, but on loopback. */
function reachableName(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}

interface OpenParts {
  readonly server: Server;
  readonly feed: EventFeed;
  readonly page: PageDoor | undefined;
  readonly rpc: RpcDoor | undefined;
  readonly scheduler: SchedulerLike;
}

async function closeServer({ server, feed, page, rpc, scheduler }: OpenParts): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  feed.close();
  page?.close();
  server.closeIdleConnections();
  const grace = deadline(scheduler, CLOSE_GRACE_MS, () => server.closeAllConnections());
  await rpc?.close();
  await closed;
  grace.unsubscribe();
}
