import { stepTable } from "../../src/testing/index.js";

const events = {
  a: { type: "MempoolTransactionAdded", payload: { fee_rate: 60 } },
  b: { type: "MempoolTransactionAdded", payload: { fee_rate: 10 } },
} as const;
const options = "event.payload.fee_rate";
const outputs = { a: 60, b: 10 };

export default stepTable("map", "A map makes of each item what its expression says", [
  {
    name: "makes one item of one, at once",
    shows: "one",
    options: '{"fee": event.payload.fee_rate, "is_large": event.payload.fee_rate > 50.0}',
    events,
    source: "--a--|",
    expected: "--x--|",
    outputs: { x: { fee: 60, is_large: true } },
  },
  {
    name: "keeps the order",
    shows: "many",
    options,
    events,
    source: "-ab-(aba)-b-|",
    expected: "-ab-(aba)-b-|",
    outputs,
    counts: { in: 6, out: 6, dropped: 0, errors: 0, held: 0 },
  },
  {
    name: "lets null pass, which is data too",
    options: "value == 'n' ? dyn(null) : dyn(value)",
    source: "-n-o-|",
    expected: "-n-o-|",
    outputs: { n: null },
    counts: { in: 2, out: 2, errors: 0 },
  },
  {
    name: "waits for ever with a source that is silent",
    shows: "never",
    options,
    events,
    source: "---",
    expected: "---",
    subscribed: "^--",
  },
  {
    name: "completes with an empty source",
    shows: "empty",
    options,
    events,
    source: "---|",
    expected: "---|",
    subscribed: "^--!",
  },
  {
    name: "passes on the error of its source",
    shows: "error",
    options,
    events,
    source: "-a-#",
    expected: "-a-#",
    outputs,
  },
  {
    name: "leaves its source when its subscriber leaves",
    shows: "early unsubscribe",
    options,
    events,
    source: "-a-b-a-|",
    expected: "-a-b----",
    outputs,
    unsubscribes: "----!",
    subscribed: "^---!",
  },
  {
    name: "lets nothing leave for which the expression fails, and goes on",
    shows: "throwing callback",
    options: "value.rate",
    values: { g: { rate: 60 }, x: { nothing: 1 } },
    source: "-g-x-g-|",
    expected: "-r---r-|",
    outputs: { r: 60 },
    counts: { in: 3, out: 2, errors: 1 },
  },
]);
