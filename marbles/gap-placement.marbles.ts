import { marbleTable } from "blvm-streams/testing";

export default marbleTable("A gap mark stands where the loss happened", [
  {
    name: "puts the mark between the last event kept and the next one",
    delivery: { capacity: 1, window: 1 },
    source: "-abc---d---------",
    modules: {
      slow: {
        handlerMs: 4,
        receives: "-a---(b1)d-------",
        dropped: "---c-------------",
        gaps: ["c channel_full"],
        books: "matched 4 = delivered 3 + dropped_full 1",
      },
    },
  },
  {
    name: "joins losses with nothing queued between them into one mark",
    delivery: { capacity: 1, window: 1 },
    source: "-abcdef-------------",
    modules: {
      slow: {
        handlerMs: 8,
        receives: "-a-------(b4)-------",
        dropped: "---cdef-------------",
        gaps: ["c-f channel_full"],
        books: "matched 6 = delivered 2 + dropped_full 4",
      },
    },
  },
  {
    name: "tells losses on either side of a queued event apart",
    delivery: { capacity: 2, window: 1 },
    source: "-abcd-efg-------------------",
    modules: {
      slow: {
        handlerMs: 4,
        receives: "-a---b---(c1)(e2)-----------",
        dropped: "----d--fg-------------------",
        gaps: ["d channel_full", "f-g channel_full"],
        books: "matched 7 = delivered 4 + dropped_full 3",
      },
    },
  },
  {
    name: "sends the mark without waiting for a further event or an open window",
    delivery: { capacity: 1, window: 1 },
    source: "-abc----------",
    modules: {
      slow: {
        handlerMs: 4,
        receives: "-a---(b1)-----",
        inFlight: "01111111100000",
        dropped: "---c----------",
        gaps: ["c channel_full"],
        books: "matched 3 = delivered 2 + dropped_full 1",
      },
    },
  },
  {
    name: "counts a loss and tells nothing to a module without the feature",
    delivery: { capacity: 1, window: 1 },
    source: "-abcd---------",
    modules: {
      old: {
        features: ["ack"],
        handlerMs: 4,
        receives: "-a---b--------",
        dropped: "---cd---------",
        books: "matched 4 = delivered 2 + dropped_full 2",
      },
    },
  },
]);
