import { describe, expect, it } from "vitest";
import type { EngineError } from "../../src/errors.js";
import { readStream, type StreamProblem } from "../../src/streams/index.js";
import { catchError } from "../kit/catch-error.js";
import { kindsOf, SinkBook } from "../kit/streams-kinds.js";

const kinds = kindsOf(new SinkBook());
const read = (text: string) => readStream(text, "fees.yaml", kinds);

const good = `version: 1
name: large-fee
description: Fees above fifty.
source: { events: [MempoolTransactionAdded], after: latest }
steps:
  - { id: big, filter: 'event.payload.fee_rate > 50.0' }
sinks:
  - { id: out, book: {} }
`;

interface Invalid {
  readonly file: string;
  readonly problems: readonly StreamProblem[];
}

function problemsOf(text: string): readonly StreamProblem[] {
  const error = catchError(() => read(text)) as EngineError<string, Invalid>;
  expect(error.code).toBe("STREAM_INVALID");
  return error.details.problems;
}

function textOf(text: string): string {
  return (catchError(() => read(text)) as Error).message;
}

/** The place of a mark in a text, from 1; the mark itself is taken out. */
function marked(text: string): { text: string; line: number; column: number } {
  const before = text.slice(0, text.indexOf("§")).split("\n");
  return { text: text.replace("§", ""), line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

describe("readStream", () => {
  it("reads a stream with its defaults", () => {
    const stream = read(good);
    expect(stream).toMatchObject({
      name: "large-fee",
      description: "Fees above fifty.",
      onReload: "flush",
      source: { kind: "events", types: ["MempoolTransactionAdded"], capacity: 1000 },
      steps: [{ id: "big", kind: "filter", onError: "skip" }],
      sinks: [{ id: "out", kind: "book", buffer: { capacity: 1000, policy: "drop_newest" } }],
      tests: [],
    });
  });

  it("gives equal texts equal hashes, and other texts others", () => {
    expect(read(good).hash).toBe(read(good).hash);
    expect(read(`${good}# said\n`).hash).not.toBe(read(good).hash);
  });

  it("gives a step its fingerprint by kind, options and input, whatever stands around it", () => {
    const step = (text: string) => read(text).steps.at(-1)?.fingerprint;
    expect(step(good.replace("name: large-fee", "name: other"))).toBe(step(good));
    expect(step(good.replace("50.0", "60.0"))).not.toBe(step(good));
    expect(step(good.replace("[Mempool", "[FeeRateChanged, Mempool"))).not.toBe(step(good));
  });

  it("takes an event under its deprecated name", () => {
    const alias = good.replace("[MempoolTransactionAdded]", "[ModuleLoaded, ModuleLoaded]");
    expect(read(alias.replace("event.payload.fee_rate > 50.0", "true")).source).toMatchObject({
      types: ["ModuleLoaded"],
    });
  });

  it("reads a generator and a recording as sources", () => {
    const from = (source: string, filter: string) =>
      read(good.replace(/source: .*/, `source: ${source}`).replace("event.payload.fee_rate > 50.0", filter))
        .source;
    expect(from("{ generate: { every: 5s, count: 3 } }", "value.n > 1.0")).toEqual({
      kind: "generate",
      everyMs: 5000,
      count: 3,
      capacity: 1000,
    });
    expect(from("{ recording: a.rec, events: [NewBlock], buffer: { capacity: 5 } }", "true")).toEqual({
      kind: "recording",
      path: "a.rec",
      types: ["NewBlock"],
      capacity: 5,
    });
  });
});

describe("A stream that is refused", () => {
  const cases: readonly (readonly [
    name: string,
    text: string,
    found: string,
    allowed: string,
    hint?: string,
  ])[] = [
    [
      "an unknown key at the top",
      good.replace("description:", "§desciption:"),
      'key "desciption"',
      "description",
      "description",
    ],
    [
      "an unknown key in an option",
      good.replace("{ events:", "{ §event: 1, events:"),
      'key "event"',
      "events",
      "events",
    ],
    [
      "an unknown event",
      good.replace("[MempoolTransactionAdded]", "[§MempoolTransactionAded]"),
      '"MempoolTransactionAded"',
      "an event type",
      "MempoolTransactionAdded",
    ],
    [
      "an unknown kind of step",
      good.replace("filter:", "§fitler:"),
      'step "fitler"',
      "filter, pass",
      "filter",
    ],
    [
      "two kinds in one step",
      good.replace("filter: 'event.payload.fee_rate > 50.0'", "filter: 'true', §pass: {}"),
      "filter and pass in one step",
      "one kind",
    ],
    [
      "a step without a kind",
      good.replace(/ {2}- \{ id: big.*/, "  - §{ id: big }"),
      "a step without a kind",
      "filter",
    ],
    ["a step that is no mapping", good.replace(/ {2}- \{ id: big.*/, "  - §big"), '"big"', "a step such as"],
    [
      "an id that is used twice",
      good.replace("{ id: out", "{ id: §big"),
      'id "big" a second time',
      "each id once",
    ],
    ["an id that is no name", good.replace("id: big", "id: §Big!"), '"Big!"', "a-z"],
    ["the id of the source", good.replace("id: big", "id: §source"), "id source", "another id"],
    [
      "a bad value of an option",
      good.replace(/filter: '.*'/, "pass: { n: §11 }"),
      "11",
      "an integer from 1 to 10 items",
    ],
    ["an unknown key of a kind", good.replace(/filter: '.*'/, "pass: { §m: 11 }"), 'key "m"', "n"],
    [
      "a bad policy",
      good.replace("book: {}", "book: {}, buffer: { policy: §block_newest }"),
      '"block_newest"',
      '"block"',
      "drop_newest",
    ],
    [
      "a bad duration",
      good.replace(/\{ events.*/, "{ generate: { every: §5 seconds } }"),
      '"5 seconds"',
      "a duration such as",
    ],
    ["no sinks", good.replace(/sinks:\n.*/, "sinks: §[]"), "an empty list", "a list (not empty)"],
    [
      "an unknown field in a plain expression",
      good.replace("'event.payload.fee_rate > 50.0'", "event.payload.§fee_rat > 50.0"),
      "fee_rat",
      "",
    ],
    ["an unknown field in a quoted expression", good.replace("fee_rate >", "§fee_rat >"), "fee_rat", ""],
    [
      "an unknown field in double quotes",
      good.replace(/'event.*50.0'/, '"\\n  1.0 > 2.0 || \\u0065vent.payload.§fee_rat > 50.0"'),
      "fee_rat",
      "",
    ],
    [
      "an unknown field in a block",
      good.replace(
        / {2}- \{ id: big.*/,
        "  - id: big\n    filter: |\n      event.payload.fee_rate > 1.0 &&\n        event.payload.§fee_rat > 50.0",
      ),
      "fee_rat",
      "",
    ],
    [
      "an unknown field in a folded block",
      good.replace(
        / {2}- \{ id: big.*/,
        "  - id: big\n    filter: >- # folded\n      event.payload.fee_rate > 1.0 &&\n\n      event.payload.§fee_rat > 50.0",
      ),
      "fee_rat",
      "",
    ],
    [
      "an unknown field that a sink names",
      good.replace("book: {}", "book: { of: event.§payloat }"),
      "payloat",
      "",
    ],
    ["another version", good.replace("version: 1", "version: §2"), "version 2", "version: 1"],
    ["an alias", good.replace("{ id: out, book: {} }", "§*a"), "an alias", ""],
    ["an anchor", good.replace("{ id: out", "§&a { id: out"), "an anchor", "written out"],
    ["a tag", good.replace("name: large-fee", "name: §!!str large-fee"), "a tag", ""],
    ["a merge key", good.replace("{ id: out", "{ §<<: {}, id: out"), "a merge key", ""],
    ["a key twice", `${good}§name: again\n`, 'key "name" a second time', "each key once"],
    ["a prototype's key", good.replace("{ id: out", "{ §__proto__: {}, id: out"), "key __proto__", ""],
    ["a list as a key", good.replace("{ id: out", "{ §[a]: {}, id: out"), "a list", "a text as a key"],
    [
      "a number that is not exact",
      `${good}x: §12345678901234567890\n`,
      "12345678901234567890",
      "64-bit",
      "quote",
    ],
    [
      "broken YAML",
      good.replace("[MempoolTransactionAdded]", "[MempoolTransactionAdded"),
      "bad YAML",
      "YAML 1.2",
    ],
  ];
  const rows = cases.map(([name, text, found, allowed, hint]) => ({ name, text, found, allowed, hint }));
  it.each(rows)("tells the place of $name", ({ text, found, allowed, hint }) => {
    const { text: plain, ...place } = marked(text);
    const [problem] = problemsOf(plain);
    expect(problem?.found).toContain(found);
    expect(problem?.allowed).toContain(allowed);
    if (hint !== undefined) expect(problem?.hint).toContain(hint);
    if (text.includes("§") && !found.startsWith("bad YAML")) expect(problem).toMatchObject(place);
  });

  it("is told all its problems at once, in the order of the file", () => {
    const text = good
      .replace("name: large-fee", "name: Large Fee")
      .replace("fee_rate > 50.0", "fee_rat > 50.0")
      .replace("book: {}", "bok: {}");
    const problems = problemsOf(text);
    expect(problems.map(({ path, line }) => `${path} ${line}`)).toEqual([
      "name 2",
      "steps[0].filter 6",
      "sinks[0].bok 8",
    ]);
    expect(textOf(text).split("\n")).toHaveLength(3);
    expect(textOf(text)).toMatch(/^fees\.yaml:2:7: name: found "Large Fee", allowed is 1 to 40 of a-z/);
  });

  it("blames no later step for what a broken one hides", () => {
    const text = good.replace(
      "sinks:",
      "  - { id: next, filter: 'nothing.at.all' }\n  - { id: last, pass: { n: 0 } }\nsinks:",
    );
    expect(problemsOf(text.replace("fee_rate", "fee_rat")).map(({ path }) => path)).toEqual([
      "steps[0].filter",
      "steps[2].pass.n",
    ]);
  });

  it.each([
    ["is empty", "", "nothing"],
    ["is a list", "- 1\n", "a list"],
    ["names no version", "name: a\n", "no version"],
    ["holds a second document", `${good}---\nversion: 1\n`, "a second document"],
    ["has a directive", `%YAML 1.1\n---\n${good}`, "a directive"],
    ["is too large", `# ${"x".repeat(256 * 1024)}\n${good}`, "bytes"],
    ["is nested too deep", `a: ${"[".repeat(5000)}`, "too much inside one another"],
    [
      "is indented too deep",
      Array.from({ length: 200 }, (_, n) => `${" ".repeat(n)}a:`).join("\n"),
      "too much",
    ],
    ["holds too many values", `a: [${"1,".repeat(30_000)}1]`, "30003 signs"],
    ["holds too many lines", "- 1\n".repeat(10_001), "10001 lines"],
    [
      "is a bomb of aliases",
      `a: &a [x,x,x,x,x,x,x,x]\n${[..."bcdefghi"].map((c, n) => `${c}: &${c} [${`*${"abcdefgh"[n]},`.repeat(8)}]`).join("\n")}`,
      "an anchor",
    ],
  ])("%s and says so", (_name, text, found) => {
    expect(problemsOf(text)[0]?.found).toContain(found);
  });

  it("tells fifty problems of a file that is all wrong", () => {
    const keys = Array.from({ length: 80 }, (_, n) => `key${n}: 1`).join("\n");
    expect(problemsOf(`${good}${keys}\n`)).toHaveLength(80);
    expect(textOf(`${good}${keys}\n`).split("\n")).toHaveLength(51);
  });
});
