import { marbleTable } from "blvm-streams/testing";

export default marbleTable("At most a window of events is in flight", [
  {
    name: "sends the next event when one is acknowledged",
    delivery: { window: 2 },
    source: "-abcd-----------",
    modules: {
      slow: {
        handlerMs: 3,
        receives: "-ab-c--d--------",
        handles: "----a--b--c--d--",
        inFlight: "0122222222111000",
        waiting: "0001111000000000",
        books: "matched 4 = delivered 4",
      },
    },
  },
  {
    name: "settles every event up to the acknowledged one",
    delivery: { window: 3 },
    source: "-abcdef-----------",
    modules: {
      batching: {
        acksEvery: 3,
        handlerMs: 1,
        receives: "-abcdef-----------",
        handles: "--abcdef----------",
        inFlight: "012312300000000000",
        books: "matched 6 = delivered 6",
      },
    },
  },
  {
    name: "leaves what is never acknowledged in flight",
    delivery: { window: 2, capacity: 1 },
    source: "-abcd-----",
    modules: {
      silent: {
        acksEvery: 100,
        receives: "-ab-------",
        dropped: "----d-----",
        inFlight: "0122222222",
        books: "matched 4 = dropped_full 1 + waiting 1 + in_flight 2",
      },
    },
  },
  {
    name: "takes a write for a delivery where nobody acknowledges",
    delivery: { window: 1, capacity: 1 },
    source: "-abcd-----",
    modules: {
      old: {
        features: ["gap"],
        handlerMs: 3,
        receives: "-abcd-----",
        inFlight: "0000000000",
        books: "matched 4 = delivered 4",
      },
    },
  },
]);
