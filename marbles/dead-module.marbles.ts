import { marbleTable } from "blvm-streams/testing";

export default marbleTable("A dead module is not a slow one", [
  {
    name: "counts what waited or was in flight as failed",
    delivery: { capacity: 3, window: 2 },
    source: "-abcd----e----",
    modules: {
      dying: {
        handlerMs: 4,
        does: "-------K------",
        receives: "-ab--c-|------",
        books: "matched 4 = delivered 1 + failed_closed 3 (fate_unknown 2)",
      },
      living: {
        receives: "-abcd----e----",
        books: "matched 5 = delivered 5",
      },
    },
  },
  {
    name: "gives a module that comes back a new subscription and adds to its books",
    source: "-a-b---c-d----",
    modules: {
      back: {
        handlerMs: 2,
        does: "S---K---S-----",
        receives: "!a-b|---!d----",
        books: "matched 3 = delivered 2 + failed_closed 1 (fate_unknown 1)",
      },
    },
  },
]);
