import type { PageAnswer, PageHello, PageState, PageTick } from "../src/http/page/page-messages.js";

const POLL_MS = 1_000;
const RETRY_MS = 500;
const ANSWER_MS = 5_000;
/** A feed that says nothing for so long is dead, whatever the socket says. */
const SILENT_MS = 5_000;

/** `opening`: it was asked for and did not fail yet. */
export type FeedState = "opening" | "open" | "lost";

export interface LinkListener {
  state(state: PageState): void;
  hello(hello: PageHello): void;
  tick(tick: PageTick): void;
  /** Whether the host answers, and what became of the feed. */
  link(link: { readonly isHostThere: boolean; readonly feed: FeedState }): void;
}

/**
 * Keeps the page in touch with its host: asks for the state each second and reads the feed, again and again when either
 * is lost. A page that nobody sees asks for nothing.
 */
export function openLink(listener: LinkListener): () => void {
  let source: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let poll: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let isHostThere = false;
  let feed: FeedState = "opening";
  let isClosed = false;
  const tell = () => listener.link({ isHostThere, feed });

  function openFeed(): void {
    closeFeed();
    if (isClosed || document.hidden) return;
    source = new EventSource("/page/feed");
    source.addEventListener("hello", ({ data }: MessageEvent<string>) => {
      feed = "open";
      heard();
      listener.hello(JSON.parse(data) as PageHello);
      tell();
    });
    source.addEventListener("tick", ({ data }: MessageEvent<string>) => {
      heard();
      listener.tick(JSON.parse(data) as PageTick);
    });
    source.addEventListener("error", lost);
    heard();
  }

  function heard(): void {
    clearTimeout(silence);
    silence = setTimeout(lost, SILENT_MS);
  }

  function lost(): void {
    closeFeed();
    feed = "lost";
    // Whether the host is gone too is told with it.
    void ask();
    if (!isClosed) retry = setTimeout(openFeed, RETRY_MS);
  }

  function closeFeed(): void {
    clearTimeout(retry);
    clearTimeout(silence);
    source?.close();
    source = undefined;
  }

  async function ask(): Promise<void> {
    clearTimeout(poll);
    try {
      const reply = await fetch("/page/state", { signal: AbortSignal.timeout(ANSWER_MS) });
      if (!reply.ok) throw new Error(`status ${reply.status}`);
      const state = (await reply.json()) as PageState;
      if (isClosed) return;
      isHostThere = true;
      listener.state(state);
    } catch {
      isHostThere = false;
    }
    tell();
    clearTimeout(poll);
    if (!isClosed && !document.hidden) poll = setTimeout(() => void ask(), POLL_MS);
  }

  function look(): void {
    feed = "opening";
    if (document.hidden) {
      closeFeed();
      clearTimeout(poll);
    } else {
      openFeed();
      void ask();
    }
  }

  document.addEventListener("visibilitychange", look);
  look();
  return () => {
    isClosed = true;
    document.removeEventListener("visibilitychange", look);
    closeFeed();
    clearTimeout(poll);
  };
}

/** Why a module did not get an event, or when it did. Rejects with the reason in words. */
export async function askWhy(module: string, event: string): Promise<PageAnswer> {
  const query = new URLSearchParams({ event, module });
  let answer: PageAnswer | { readonly error: { readonly message: string } };
  try {
    const reply = await fetch(`/page/explain?${query}`, { signal: AbortSignal.timeout(ANSWER_MS) });
    answer = (await reply.json()) as typeof answer;
  } catch (cause) {
    throw new Error("The host does not answer. Ask again when it is back.", { cause });
  }
  if ("error" in answer) throw new Error(answer.error.message);
  return answer;
}
