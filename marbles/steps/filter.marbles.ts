import { stepTable } from "../../src/testing/index.js";

const events = {
  a: { type: "MempoolTransactionAdded", payload: { fee_rate: 60 } },
  b: { type: "MempoolTransactionAdded", payload: { fee_rate: 10 } },
} as const;
const options = "event.payload.fee_rate > 50.0";

export default stepTable("filter", "A filter lets pass what its expression says yes to", [
  {
    name: "lets one wanted event pass at once",
    shows: "one",
    options,
    events,
    source: "--a--|",
    expected: "--a--|",
  },
  {
    name: "keeps the order and refuses the others",
    shows: "many",
    options,
    events,
    source: "-ab-(aba)-b-|",
    expected: "-a--(aa)----|",
    counts: { in: 6, out: 3, dropped: 0, errors: 0 },
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
  },
  {
    name: "leaves its source when its subscriber leaves",
    shows: "early unsubscribe",
    options,
    events,
    source: "-a-a-a-|",
    expected: "-a-a----",
    unsubscribes: "----!",
    subscribed: "^---!",
  },
  {
    name: "lets nothing pass for which the expression fails, and goes on",
    shows: "throwing callback",
    options: "value.rate > 50.0",
    values: { g: { rate: 60 }, x: { nothing: 1 } },
    source: "-g-x-g-|",
    expected: "-g---g-|",
    counts: { in: 3, out: 2, errors: 1 },
  },
]);
