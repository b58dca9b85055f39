import { marbleTable } from "blvm-streams/testing";

export default marbleTable("A full channel drops the newest event", [
  {
    name: "refuses the new event when full, never a queued one",
    delivery: { capacity: 2, window: 1 },
    source: "-abcd---------------",
    modules: {
      slow: {
        handlerMs: 4,
        receives: "-a---b---(c1)-------",
        dropped: "----d---------------",
        gaps: ["d channel_full"],
        books: "matched 4 = delivered 3 + dropped_full 1",
      },
    },
  },
  {
    name: "keeps the subscription and takes new events when there is room again",
    delivery: { capacity: 1, window: 1 },
    source: "-abc------d---e---",
    modules: {
      slow: {
        handlerMs: 3,
        receives: "-a--(b1)--d---e---",
        dropped: "---c--------------",
        gaps: ["c channel_full"],
        books: "matched 5 = delivered 4 + dropped_full 1",
      },
    },
  },
  {
    name: "takes nothing from the modules that keep up",
    delivery: { capacity: 1, window: 1 },
    source: "-abcde-----------",
    modules: {
      slow: {
        handlerMs: 5,
        receives: "-a----(b3)-------",
        dropped: "---cde-----------",
        gaps: ["c-e channel_full"],
        books: "matched 5 = delivered 2 + dropped_full 3",
      },
      fast: {
        receives: "-abcde-----------",
        books: "matched 5 = delivered 5",
      },
    },
  },
  {
    name: "gives a stopped module exactly capacity and window, and tells the rest",
    delivery: { capacity: 3, window: 2 },
    source: "(abcdefgh)-------------",
    modules: {
      stopped: {
        does: "P-------------R--------",
        receives: "--------------(abcde3)-",
        dropped: "(fgh)------------------",
        gaps: ["f-h channel_full"],
        books: "matched 8 = delivered 5 + dropped_full 3",
      },
    },
  },
  {
    name: "counts bytes as well as events",
    delivery: { capacity: 10, max_bytes: 1024 },
    events: { m: { type: "ConfigLoaded", payload: { config_json: "m".repeat(400) } } },
    source: "-mmm----------m---",
    modules: {
      slow: {
        handlerMs: 5,
        receives: "-mm1----------m---",
        dropped: "---m--------------",
        gaps: ["m channel_full"],
        books: "matched 4 = delivered 3 + dropped_full 1",
      },
    },
  },
]);
