import type { IncomingMessage, ServerResponse } from "node:http";
import type { SchedulerLike } from "rxjs";
import { withoutStack } from "../../errors.js";
import type { Logger } from "../../log.js";
import { type Answer, jsonAnswer, sendAnswer, startStream } from "../answer.js";
import { httpErrors } from "../errors.js";
import { isOwnOrigin } from "../rpc/origin.js";
import { type AssetPath, PageAssets } from "./page-assets.js";
import { PageFeed } from "./page-feed.js";
import type { PageOffer } from "./page-offer.js";
import { queriedEvent } from "./page-query.js";

/** Pages that may look at a time. */
const MAX_PAGES = 8;
/** Pages that look at the same time are shown the same state, which is put into text once. */
const STATE_KEEPS_MS = 500;

type PageRespond = (
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
) => Promise<void> | void;

/**
 * The page that shows what the host does, and what it reads. It changes nothing. It owns the feed.
 * The page of another site gets nothing, not even a place among those that look: see {@link requireOwnPage}.
 */
export class PageDoor {
  readonly routes: Readonly<Record<string, PageRespond>>;
  readonly #offer: PageOffer;
  readonly #scheduler: SchedulerLike;
  readonly #assets: PageAssets;
  readonly #feed: PageFeed;
  #state: { readonly answer: Answer; readonly untilMs: number } | undefined;
  #making: Promise<Answer> | undefined;

  private constructor(offer: PageOffer, scheduler: SchedulerLike, assets: PageAssets) {
    this.#offer = offer;
    this.#scheduler = scheduler;
    this.#assets = assets;
    this.#feed = new PageFeed({ source: offer.source, scheduler, pageId: assets.id });
    const asset =
      (path: AssetPath): PageRespond =>
      (request, response) =>
        this.sendAsset(path, request, response);
    this.routes = {
      "/page/app.js": asset("/page/app.js"),
      "/page/app.css": asset("/page/app.css"),
      "/page/icon.svg": asset("/page/icon.svg"),
      "/page/state": async (request, response) => {
        requireOwnPage(request);
        sendAnswer(response, await this.#recentState());
      },
      "/page/explain": async (request, response, query) => {
        requireOwnPage(request);
        const { module, seq } = queriedEvent(query);
        const answer = await this.#offer.explain(module, seq);
        if (answer === undefined) throw withoutStack(() => httpErrors.HTTP_UNKNOWN_MODULE({ module }));
        sendAnswer(response, jsonAnswer(200, answer));
      },
      "/page/feed": (request, response) => this.#openFeed(request, response),
    };
  }

  /** Undefined where there is no page that can be read. */
  static open(offer: PageOffer, scheduler: SchedulerLike, log: Logger): PageDoor | undefined {
    const assets = PageAssets.read(offer.assetsDir, log);
    return assets === undefined ? undefined : new PageDoor(offer, scheduler, assets);
  }

  sendAsset(path: AssetPath, { headers }: IncomingMessage, response: ServerResponse): void {
    sendAnswer(response, this.#assets.answer(path, headers));
  }

  /** Ends every feed. */
  close(): void {
    this.#feed.close();
  }

  #openFeed(request: IncomingMessage, response: ServerResponse): void {
    requireOwnPage(request);
    if (this.#feed.readerCount >= MAX_PAGES) {
      throw withoutStack(() => httpErrors.HTTP_TOO_MANY_FEEDS({ limit: MAX_PAGES }, { retryable: true }));
    }
    startStream(response, "text/event-stream; charset=utf-8");
    if (request.method === "HEAD") response.end();
    else this.#feed.add(response);
  }

  /** One is made at a time, however long that takes and however many ask. */
  #recentState(): Promise<Answer> | Answer {
    if (this.#state !== undefined && this.#scheduler.now() < this.#state.untilMs) return this.#state.answer;
    this.#making ??= this.#makeState().finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  async #makeState(): Promise<Answer> {
    const answer = jsonAnswer(200, await this.#offer.state());
    this.#state = { answer, untilMs: this.#scheduler.now() + STATE_KEEPS_MS };
    return answer;
  }
}

/**
 * Refuses what a browser asks for another site. Such a request carries that site's origin, but not when an `<img>` or the
 * like makes it: then `Sec-Fetch-Site` tells. Neither header can be set by a page.
 */
function requireOwnPage({ headers }: IncomingMessage): void {
  const { host, origin, "sec-fetch-site": site = "none" } = headers;
  if (!isOwnOrigin(origin, host)) throw refused("Origin", origin ?? "");
  // `none`: its address was typed, or a program asks.
  if (site !== "none" && site !== "same-origin") throw refused("Sec-Fetch-Site", String(site));
}

function refused(header: "Origin" | "Sec-Fetch-Site", value: string) {
  return withoutStack(() => httpErrors.HTTP_ORIGIN_REFUSED({ header, value: value.slice(0, 200) }));
}

/** Whether whoever asks for `/` is a browser that shows pages; programs get the list. */
export function wantsPage({ headers: { accept } }: IncomingMessage): boolean {
  return accept?.includes("text/html") === true;
}
