import { stepTable } from "../../src/testing/index.js";

const many = { window: "1s", max: 3, hysteresis: 0 };
const few = { window: "1s", min: 1.5, hysteresis: 0 };
/** 1 s has 59 buckets of 17 ms. */
const window_ms = 1003;

export default stepTable("rate", "Rate tells when a rate leaves a band and when it comes back", [
  {
    name: "tells nothing of one item inside the band",
    shows: "one",
    options: many,
    source: "--a--|",
    expected: "-----|",
    counts: { in: 1, out: 0, dropped: 0 },
  },
  {
    name: "tells the item that is too many at once, and later that the rate is back",
    shows: "many",
    options: many,
    source: "(abcd) 2s -",
    expected: "x 1019ms y",
    outputs: {
      x: { state: "high", was: "normal", rate: 4000 / window_ms, count: 4, window_ms, lasted_ms: 0 },
      y: { state: "normal", was: "high", rate: 0, count: 0, window_ms, lasted_ms: 1020 },
    },
    counts: { in: 4, out: 2, dropped: 0 },
  },
  {
    name: "tells a rate of nothing after a whole window, once",
    shows: "never",
    options: few,
    source: "5s -",
    expected: "1003ms x 3s -",
    outputs: { x: { state: "low", was: "normal", rate: 0, count: 0, window_ms, lasted_ms: 1003 } },
    subscribed: "^",
  },
  {
    name: "completes with an empty source and tells nothing",
    shows: "empty",
    options: few,
    source: "---|",
    expected: "---|",
    subscribed: "^--!",
  },
  {
    name: "passes on the error of its source and tells nothing after it",
    shows: "error",
    options: few,
    source: "-a-#",
    expected: "---#",
  },
  {
    name: "leaves its source and its timer when its subscriber leaves",
    shows: "early unsubscribe",
    options: few,
    source: "-a- 2s |",
    expected: "---",
    unsubscribes: "---!",
    subscribed: "^--!",
  },
  {
    name: "doesn't count what failed before it",
    shows: "throwing callback",
    before: [{ kind: "filter", options: "value.n > 0" }],
    options: many,
    values: { g: { n: 1 }, x: { nothing: 1 } },
    source: "gxxxxxg|",
    expected: "-------|",
    counts: { in: 2, out: 0 },
  },
  {
    name: "comes back from low with the item that is enough",
    options: few,
    source: "1010ms a 500ms b--|",
    expected: "1003ms x 507ms y--|",
    outputs: {
      x: { state: "low", was: "normal", rate: 0, count: 0, window_ms, lasted_ms: 1003 },
      y: { state: "normal", was: "low", rate: 2000 / window_ms, count: 2, window_ms, lasted_ms: 508 },
    },
  },
  {
    name: "is silent while the rate stays inside the band",
    options: { window: "1s", min: 2, max: 8 },
    source: "a 299ms a 299ms a 299ms a 299ms a 299ms a 299ms a 299ms |",
    expected: "2100ms |",
  },
  {
    name: "waits until the rate is well inside the band again",
    options: { ...many, hysteresis: 0.5 },
    source: "(abcd) 994ms (abc) 1s -",
    expected: "x 2005ms y",
    outputs: {
      x: { state: "high", was: "normal", rate: 4000 / window_ms, count: 4, window_ms, lasted_ms: 0 },
      y: { state: "normal", was: "high", rate: 0, count: 0, window_ms, lasted_ms: 2006 },
    },
  },
  {
    name: "goes from one edge to the other without being normal in between",
    options: { window: "1s", min: 1, max: 1.5, hysteresis: 0 },
    source: "(ab) 2s -",
    expected: "x 1019ms y",
    outputs: {
      x: { state: "high", was: "normal", rate: 2000 / window_ms, count: 2, window_ms, lasted_ms: 0 },
      y: { state: "low", was: "high", rate: 0, count: 0, window_ms, lasted_ms: 1020 },
    },
  },
  {
    name: "tells its rate for the time that is asked for",
    options: { window: "1m", per: "1m", max: 1 },
    source: "ab-",
    expected: "-x-",
    outputs: {
      x: { state: "high", was: "normal", rate: 2, count: 2, window_ms: 60_000, lasted_ms: 1 },
    },
  },
  {
    name: "doesn't tell again what the generation before it told",
    options: few,
    carried: { state: "low", sinceMs: -10 },
    source: "2s -",
    expected: "2s -",
    counts: { out: 0 },
    keeps: { state: "low", sinceMs: -10 },
  },
  {
    name: "begins as normal where what it is given makes no sense",
    options: few,
    carried: { state: "odd", sinceMs: -10 },
    source: "2s -",
    expected: "1003ms x",
    outputs: { x: { state: "low", was: "normal", rate: 0, count: 0, window_ms, lasted_ms: 1003 } },
  },
]);
