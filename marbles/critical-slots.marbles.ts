import { marbleTable } from "blvm-streams/testing";

export default marbleTable("A flood can't push critical events out", [
  {
    name: "takes a critical event into a full channel and keeps its place in the order",
    delivery: { capacity: 1, window: 1 },
    source: "-abcX-----------",
    modules: {
      slow: {
        handlerMs: 4,
        receives: "-a---(b1)X------",
        dropped: "---c------------",
        gaps: ["c channel_full"],
        books: "matched 4 = delivered 3 + dropped_full 1",
      },
    },
  },
  {
    name: "drops ordinary events while critical ones fill the slots",
    delivery: { capacity: 2, window: 1 },
    source: "-aXYZb--------------",
    modules: {
      slow: {
        handlerMs: 3,
        receives: "-a--X--Y--(Z1)------",
        dropped: "-----b--------------",
        gaps: ["b channel_full"],
        books: "matched 5 = delivered 4 + dropped_full 1",
      },
    },
  },
  {
    name: "keeps sixteen slots for critical events and then drops them too",
    delivery: { capacity: 1, window: 1 },
    source: "ab(ABCDEFGHIJKLMNOPQ)-------------------------",
    modules: {
      stopped: {
        does: "P---------------------R-----------------------",
        receives: "----------------------(abABCDEFGHIJKLMNOP1)---",
        dropped: "--Q-------------------------------------------",
        gaps: ["Q channel_full"],
        books: "matched 19 = delivered 18 + dropped_full 1",
      },
    },
  },
  {
    name: "asks the payload where only some events of a type are critical",
    delivery: { capacity: 1, window: 1 },
    events: {
      h: { type: "DataMaintenance", payload: { urgency: "high" } },
      l: { type: "DataMaintenance", payload: { urgency: "low" } },
    },
    source: "-ablh-----------",
    modules: {
      slow: {
        handlerMs: 4,
        receives: "-a---(b1)h------",
        dropped: "---l------------",
        gaps: ["l channel_full"],
        books: "matched 4 = delivered 3 + dropped_full 1",
      },
    },
  },
]);
