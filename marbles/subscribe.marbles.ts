import { marbleTable } from "blvm-streams/testing";

export default marbleTable("A subscription is a set of types", [
  {
    name: "delivers each event once however often the type was named",
    source: "----a---b---",
    modules: {
      once: { does: "-S----------", receives: "-!--a---b---", books: "matched 2 = delivered 2" },
      twice: { does: "-SS---S-----", receives: "-!!-a-!-b---", books: "matched 2 = delivered 2" },
      doubled: {
        types: ["NewTransaction", "NewTransaction"],
        does: "-S----------",
        receives: "-!--a---b---",
        books: "matched 2 = delivered 2",
      },
    },
  },
  {
    name: "answers first and gives nothing that was published before",
    source: "-a-b-c-----",
    modules: {
      late: { does: "---S-------", receives: "---!-c-----", books: "matched 1 = delivered 1" },
    },
  },
  {
    name: "adds types to the set and keeps the others",
    events: { t: { type: "NewTransaction" }, b: { type: "NewBlock" } },
    source: "--tb--tb---",
    modules: {
      growing: {
        types: ["NewTransaction"],
        moreTypes: ["NewBlock"],
        does: "S---T------",
        receives: "!-t-!-tb---",
        books: "matched 3 = delivered 3",
      },
    },
  },
  {
    name: "delivers what was queued before an unsubscribe, after its answer too",
    delivery: { capacity: 5, window: 1 },
    source: "-abc-d-----------",
    modules: {
      leaving: {
        handlerMs: 4,
        does: "----U------------",
        receives: "-a--!b---c-------",
        books: "matched 3 = delivered 3",
      },
    },
  },
  {
    name: "starts anew after an unsubscribe and a second subscribe",
    source: "-a--b--c---",
    modules: {
      back: {
        does: "S-U---S----",
        receives: "!a!---!c---",
        books: "matched 2 = delivered 2",
      },
    },
  },
]);
