import { useEffect, useRef, useState } from "preact/hooks";
import type { PageHello, PageState } from "../src/http/page/page-messages.js";
import { type FeedState, openLink } from "./host-link.js";
import { MarbleModel } from "./marble-model.js";
import { keepState } from "./rates.js";

export interface Link {
  readonly states: readonly PageState[];
  readonly hello: PageHello | undefined;
  readonly isHostThere: boolean;
  readonly feed: FeedState;
  /** When the host was found to be another run of it, by its clock, milliseconds since 1970. */
  readonly restartedMs: number | undefined;
}

/** What the diagram reads at each frame; it changes without a render. */
export interface Marbles {
  model: MarbleModel;
  /** How far `performance.now()` is ahead of the end of the newest tick, smoothed. */
  aheadMs: number | undefined;
  isPaused: boolean;
  /** Events that were published while it was paused. */
  missed: number;
  /** Since when nothing escaped it: the feed is closed while nobody sees the page. By the host's clock. */
  sinceMs: number | undefined;
}

const noMarbles = () => ({
  model: new MarbleModel(),
  aheadMs: undefined,
  isPaused: false,
  missed: 0,
  sinceMs: undefined,
});

export function useLink(): { readonly link: Link; readonly marbles: Marbles; readonly tickCount: number } {
  const [link, setLink] = useState<Link>({
    states: [],
    hello: undefined,
    isHostThere: false,
    feed: "opening",
    restartedMs: undefined,
  });
  const [tickCount, setTickCount] = useState(0);
  const { current: marbles } = useRef<Marbles>(noMarbles());
  useEffect(() => {
    let last: PageHello | undefined;
    return openLink({
      state: (state) => setLink((before) => ({ ...before, states: keepState(before.states, state) })),
      hello: (hello) => {
        // A newer host brings a newer page; this one may not understand it.
        if (last !== undefined && last.page_id !== hello.page_id) return location.reload();
        const isAnother = last !== undefined && last.host_id !== hello.host_id;
        last = hello;
        if (isAnother) Object.assign(marbles, noMarbles());
        // A clock that jumped while nobody looked starts anew too.
        marbles.aheadMs = undefined;
        marbles.sinceMs = hello.at_ms;
        setLink((before) => ({
          ...before,
          hello,
          states: isAnother ? [] : before.states,
          restartedMs: isAnother ? hello.at_ms : before.restartedMs,
        }));
      },
      tick: (tick) => {
        const aheadMs = performance.now() - tick.at_ms;
        const apartMs = aheadMs - (marbles.aheadMs ?? Number.POSITIVE_INFINITY);
        marbles.aheadMs = Math.abs(apartMs) > 600 ? aheadMs : (marbles.aheadMs ?? aheadMs) + 0.1 * apartMs;
        marbles.model.settle(tick.late);
        if (marbles.isPaused) {
          marbles.missed += tick.published;
          marbles.model.noteLosses(tick);
        } else marbles.model.add(tick);
        setTickCount((count) => count + 1);
      },
      link: (now) => setLink((before) => ({ ...before, ...now })),
    });
  }, [marbles]);
  return { link, marbles, tickCount };
}
