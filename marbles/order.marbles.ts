import { marbleTable } from "blvm-streams/testing";

export default marbleTable("Every module sees its events in the order of their seq", [
  {
    name: "gives each module the types that it subscribed to, in order",
    events: { t: { type: "NewTransaction" }, b: { type: "NewBlock" } },
    source: "-t-t-b-(tbt)-b---",
    modules: {
      all: {
        receives: "-t-t-b-(tbt)-b---",
        books: "matched 7 = delivered 7",
      },
      blocks: {
        types: ["NewBlock"],
        receives: "-----b-b-----b---",
        books: "matched 3 = delivered 3",
      },
    },
  },
  {
    name: "keeps the order for a slow module and never holds up a fast one",
    source: "-abcde---------------",
    modules: {
      slow: {
        handlerMs: 3,
        receives: "-abcde---------------",
        handles: "----a--b--c--d--e----",
        books: "matched 5 = delivered 5",
      },
      fast: {
        receives: "-abcde---------------",
        handles: "-abcde---------------",
        books: "matched 5 = delivered 5",
      },
    },
  },
  {
    name: "lets a stopped module go on where it was, in order",
    source: "-a-b-c-d--------e---",
    modules: {
      stopped: {
        does: "--P------R----------",
        receives: "-a-------(bcd)--e---",
        books: "matched 5 = delivered 5",
      },
    },
  },
]);
