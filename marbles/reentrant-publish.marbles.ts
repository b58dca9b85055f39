import { marbleTable } from "blvm-streams/testing";

export default marbleTable("An event that is published during a delivery waits its turn", [
  {
    name: "lets nothing that a subscriber publishes overtake what it was given",
    source: "-a---a---",
    replies: { a: "x" },
    modules: {
      one: { receives: "-(ax)(ax)", books: "matched 4 = delivered 4" },
      other: { receives: "-(ax)(ax)", books: "matched 4 = delivered 4" },
    },
  },
  {
    name: "delivers answers to answers after everything published before them",
    source: "-a----------",
    replies: { a: "xy", x: "v", y: "w" },
    modules: {
      one: { receives: "-(axyvw)----", books: "matched 5 = delivered 5" },
      other: { receives: "-(axyvw)----", books: "matched 5 = delivered 5" },
    },
  },
  {
    name: "queues an answer like any other event, behind what waits already",
    delivery: { capacity: 2, window: 1 },
    source: "-ba---------------",
    replies: { a: "x" },
    modules: {
      slow: {
        handlerMs: 4,
        receives: "-b---a---x--------",
        waiting: "002221111000000000",
        books: "matched 3 = delivered 3",
      },
    },
  },
]);
