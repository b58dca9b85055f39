import { marbleTable } from "blvm-streams/testing";

const events = { x: { type: "ConfigLoaded", payload: { config_json: "x".repeat(2000) } } } as const;

export default marbleTable("An event that can't be sent is lost for each of its subscribers", [
  {
    name: "drops it, tells it in place, and keeps the subscriptions",
    delivery: { max_bytes: 1024 },
    events,
    source: "-a-x-b---",
    modules: {
      one: {
        receives: "-a-1-b---",
        failed: "---x-----",
        gaps: ["x serialization"],
        books: "matched 3 = delivered 2 + failed_serialization 1",
      },
      other: {
        receives: "-a-1-b---",
        failed: "---x-----",
        gaps: ["x serialization"],
        books: "matched 3 = delivered 2 + failed_serialization 1",
      },
      uninterested: {
        types: ["NewTransaction"],
        receives: "-a---b---",
        books: "matched 2 = delivered 2",
      },
    },
  },
  {
    name: "joins it with events that a full channel refused, as channel_full",
    delivery: { capacity: 1, window: 1, max_bytes: 1024 },
    events,
    source: "-abxc---------",
    modules: {
      slow: {
        handlerMs: 5,
        receives: "-a----(b2)----",
        dropped: "----c---------",
        failed: "---x----------",
        gaps: ["x-c channel_full"],
        books: "matched 4 = delivered 2 + dropped_full 1 + failed_serialization 1",
      },
    },
  },
]);
