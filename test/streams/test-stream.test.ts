import { delay, map } from "rxjs";
import { describe, expect, it } from "vitest";
import type { EngineError } from "../../src/errors.js";
import { readStream, type StreamProblem, testStream } from "../../src/streams/index.js";
import { defineStep } from "../../src/streams/step.js";
import { withValue } from "../../src/streams/stream-item.js";
import { catchError } from "../kit/catch-error.js";
import { kindsOf, passStep, SinkBook, stepOf } from "../kit/streams-kinds.js";

const late = stepOf("late", (source$, { scheduler }) => source$.pipe(delay(600_000, scheduler)));
const rate = defineStep({
  ...passStep,
  kind: "rate",
  prepare: () => ({
    output: { kind: "data", type: "dyn" },
    operator: () =>
      map((item) => {
        const { payload } = item.value as { payload: { fee_rate: number } };
        return withValue(item, { rate: payload.fee_rate, of: [item.value] });
      }),
  }),
});

function outcomeOf(test: string, head = "source: { events: [MempoolTransactionAdded] }") {
  const stream = read(test, head);
  const [first] = stream.tests;
  if (first === undefined) throw new Error("no test was read");
  return testStream(stream, first);
}

function read(test: string, head = "source: { events: [MempoolTransactionAdded] }") {
  const generated = head.includes("generate");
  const filter = generated ? "value.n > 1.0" : "event.payload.fee_rate > 50.0";
  return readStream(
    `version: 1
name: tested
${head}
steps:
  - { id: big, filter: '${filter}' }
  - { id: late, late: {} }
${generated ? "" : "  - { id: rate, rate: {} }\n"}sinks:
  - { id: out, book: {} }
tests:
${test.replace(/^ {4}/gm, "")}`,
    "tested.yaml",
    kindsOf(new SinkBook(), late, rate as typeof passStep),
  );
}

function problemsOf(test: string, head?: string): readonly StreamProblem[] {
  const error = catchError(() => read(test, head)) as EngineError<
    string,
    { readonly problems: readonly StreamProblem[] }
  >;
  expect(error.code).toBe("STREAM_INVALID");
  return error.details.problems;
}

const values = `values:
          a: { type: MempoolTransactionAdded, payload: { fee_rate: 60 } }
          b: { type: MempoolTransactionAdded, payload: { fee_rate: 10 } }`;

describe("A test in a stream's file", () => {
  it("passes when every diagram is what the run recorded, hours in no time", () => {
    const outcome = outcomeOf(`
      - name: lets the large ones through, ten minutes later
        marbles:
          source: 'ab(aa)|       '
          at:
            big:  'a-(aa)|       '
            late: '10m a-(aa|)'
          sinks: { out: '10m x-(xx|)' }
        ${values}
        outputs: { x: { rate: 60, of: [a] } }
        counts: { big: { in: 4, out: 3, errors: 0 } }
    `);
    expect(outcome).toMatchObject({ isPassed: true });
  });

  it("shows expected and recorded one below the other, with the data behind unknown letters", () => {
    const outcome = outcomeOf(`
      - name: gets everything wrong
        marbles: { source: 'ab-a|', at: { big: 'a--ab|' }, sinks: { out: '10m y|' } }
        ${values}
        outputs: { y: { rate: 61 } }
        counts: { big: { in: 4 } }
    `);
    expect(outcome).toEqual({
      name: "gets everything wrong",
      line: 12,
      isPassed: false,
      difference: `big differs
  expected: a--ab|
  recorded: a--a|-
  y: {"rate":61}
out differs
  expected:  10m y|
  recorded:  10m Z-
  y: {"rate":61}
  Z: {"rate":60,"of":["a"]}
big: in is 3, expected is 4`,
    });
  });

  it("sees a step fail and what its source's error does", () => {
    const outcome = outcomeOf(`
      - name: passes the error on
        marbles: { source: 'a#', at: { big: 'a#' } }
        ${values}
    `);
    expect(outcome).toMatchObject({ isPassed: true });
    if (!outcome.isPassed) throw new Error(outcome.difference);
  });

  it("ends with its longest diagram, whatever would come later", () => {
    const outcome = outcomeOf(
      `
      - name: counts
        marbles: { at: { big: '10s x 4999ms' } }
        outputs: { x: { n: 2, at_ms: 10000 } }
    `,
      "source: { generate: { every: 5s } }",
    );
    expect(outcome).toMatchObject({ isPassed: true });
  });

  it("is broken off when it would never come to its end", () => {
    const outcome = outcomeOf(
      `
      - name: counts milliseconds for a day
        marbles: { at: { big: '24h x' } }
        outputs: { x: { n: 2 } }
    `,
      "source: { generate: { every: 1ms } }",
    );
    expect(outcome).toMatchObject({ isPassed: false });
    expect(outcome.isPassed ? "" : outcome.difference.slice(0, 200)).toContain("broken off");
  });

  it("takes raw data as hex and bit sets as decimal text", () => {
    const stream = readStream(
      `version: 1
name: bits
source: { events: [PeerConnected] }
steps: [{ id: f, filter: 'event.payload.services == 1033' }]
sinks: [{ id: out, book: {} }]
tests:
  - name: sees the bits
    marbles: { source: 'a', at: { f: 'a' } }
    values: { a: { type: PeerConnected, payload: { services: '1033' } } }
`,
      "bits.yaml",
      kindsOf(new SinkBook()),
    );
    expect(stream.tests.map((test) => testStream(stream, test).isPassed)).toEqual([true]);
  });
});

describe("A test that can't be read", () => {
  const cases = [
    [
      "asserts nothing",
      "marbles: { source: 'a-', at: { big: '--' } }",
      "a test that asserts nothing",
      "name",
    ],
    [
      "has a letter without a value",
      "marbles: { source: 'a-c|', at: { big: 'a--|' } }",
      "letter c",
      "marbles.source",
    ],
    [
      "expects a letter without a value",
      "marbles: { source: 'a-|', at: { big: 'x-|' } }",
      "letter x",
      "marbles.at.big",
    ],
    ["names an unknown step", "marbles: { source: 'a-|', at: { bgi: 'a-|' } }", 'id "bgi"', "marbles.at.bgi"],
    [
      "counts an unknown step",
      "marbles: { source: 'a-|' }, counts: { bgi: { in: 1 } }",
      'id "bgi"',
      "counts.bgi",
    ],
    [
      "takes a step for a sink",
      "marbles: { source: 'a-|', sinks: { big: 'a-|' } }",
      'id "big"',
      "marbles.sinks.big",
    ],
    ["draws what is no sign", "marbles: { source: 'a-!|', at: { big: 'a--|' } }", '"!"', "marbles.source"],
    [
      "draws beyond the end",
      "marbles: { source: 'a-|-a', at: { big: 'a--|' } }",
      "a after the end",
      "marbles.source",
    ],
    ["leaves a group open", "marbles: { source: 'a-(aa', at: { big: 'a--|' } }", "no )", "marbles.source"],
    ["has no source", "marbles: { at: { big: 'a--|' } }", "no source", "marbles"],
  ] as const;
  it.each(cases)("%s and is told where", (_name, marbles, found, path) => {
    const [problem] = problemsOf(`
      - { name: t, ${marbles}, values: { a: { type: MempoolTransactionAdded } } }
    `);
    expect(problem?.found).toContain(found);
    expect(problem?.path).toBe(`tests[0].${path}`);
    expect(problem?.line).toBe(12);
  });

  it("points at the sign in the diagram", () => {
    const test = `
      - { name: t, marbles: { source: 'a-c|', at: { big: 'a--|' } }, values: { a: { type: MempoolTransactionAdded } } }
    `;
    const [problem] = problemsOf(test);
    expect(problem?.column).toBe("  - { name: t, marbles: { source: 'a-c|'".indexOf("c|") + 1);
  });

  it.each([
    ["an event that never reaches the stream", "{ type: NewBlock }", "NewBlock"],
    [
      "a field that the event does not have",
      "{ type: MempoolTransactionAdded, payload: { fee: 1 } }",
      'field "fee"',
    ],
    [
      "a value that the field can't take",
      "{ type: MempoolTransactionAdded, payload: { fee_rate: x } }",
      "fee_rate",
    ],
  ])("refuses %s", (_name, value, found) => {
    const [problem] = problemsOf(`
      - { name: t, marbles: { source: 'a|', at: { big: '-|' } }, values: { a: ${value} } }
    `);
    expect(problem?.found).toContain(found);
  });

  it("needs no diagram of a source that makes its items itself", () => {
    const [problem] = problemsOf(
      `
      - { name: t, marbles: { source: 'a|', at: { big: 'x' } }, outputs: { a: 1, x: 1 } }
    `,
      "source: { generate: { every: 5s } }",
    );
    expect(problem).toMatchObject({ path: "tests[0].marbles.source", found: "a diagram" });
  });
});
