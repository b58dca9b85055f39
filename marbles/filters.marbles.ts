import { marbleTable } from "blvm-streams/testing";

const heights = {
  a: { type: "NewBlock", payload: { height: 1 } },
  b: { type: "NewBlock", payload: { height: 2 } },
  c: { type: "NewBlock", payload: { height: 3 } },
  d: { type: "NewBlock", payload: { height: 4 } },
} as const;

export default marbleTable("A filter decides in the host, before the channel", [
  {
    name: "passes what its expression is true of, and tells no gap for the rest",
    events: heights,
    source: "-abcd---",
    modules: {
      picky: {
        filters: { NewBlock: "event.payload.height % 2.0 == 0.0" },
        receives: "--b-d---",
        books: "matched 4 = delivered 2 + filtered 2",
      },
      plain: { receives: "-abcd---", books: "matched 4 = delivered 4" },
    },
  },
  {
    name: "costs no slot for an event that it refuses",
    events: heights,
    delivery: { capacity: 1, window: 1 },
    source: "-abcd-----------",
    modules: {
      picky: {
        filters: { NewBlock: "event.payload.height != 2.0 && event.payload.height != 3.0" },
        handlerMs: 5,
        receives: "-a----d---------",
        waiting: "0000110000000000",
        books: "matched 4 = delivered 2 + filtered 2",
      },
      plain: {
        handlerMs: 5,
        receives: "-a----(b2)------",
        dropped: "---cd-----------",
        gaps: ["c-d channel_full"],
        books: "matched 4 = delivered 2 + dropped_full 2",
      },
    },
  },
  {
    name: "passes nothing that it fails on, and the books still balance",
    events: heights,
    source: "-abcd---",
    modules: {
      failing: {
        filters: { NewBlock: "1 / (int(event.payload.height) - 2) == 1 || event.payload.height == 4.0" },
        receives: "---cd---",
        books: "matched 4 = delivered 2 + filtered 2 (filter_failures 1)",
      },
    },
  },
  {
    name: "passes nothing that it takes too long on",
    events: { ...heights, l: { type: "NewBlock", payload: { height: 9 } } },
    source: "-a-l-b--",
    modules: {
      endless: {
        filters: {
          NewBlock:
            'event.payload.height < 9.0 || event.payload.block_hash.split("").all(a, event.payload.block_hash.split("").all(b, event.payload.block_hash.split("").all(c, a + b + c != "")))',
        },
        receives: "-a---b--",
        books: "matched 3 = delivered 2 + filtered 1 (filter_failures 1)",
      },
    },
  },
  {
    name: "stays as it was when the type is subscribed again, and is made anew after an unsubscribe",
    events: heights,
    source: "--a-b---b-a-b--",
    modules: {
      again: {
        filters: { NewBlock: "event.payload.height > 1.0" },
        does: "S--S--U--S-----",
        receives: "!--!b-!--!--b--",
        books: "matched 4 = delivered 2 + filtered 2",
      },
    },
  },
  {
    name: "decides on critical events and on those that are repeated for a newcomer",
    events: {
      m: { type: "ModuleLoaded", payload: { module_name: "first" } },
      n: { type: "ModuleLoaded", payload: { module_name: "second" } },
      A: { type: "ChainReorg" },
    },
    source: "----A--",
    modules: {
      first: { types: ["NewBlock"], does: "S------", receives: "!------" },
      second: {
        types: ["ModuleLoaded", "ChainReorg"],
        filters: { ModuleLoaded: 'event.payload.module_name != "first"', ChainReorg: "false" },
        does: "--S----",
        receives: "--(!n)-",
        books: "matched 3 = delivered 1 + filtered 2",
      },
    },
  },
]);
