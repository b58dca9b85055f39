import fc from "fast-check";
import { concatMap, map, of, Subject, tap, VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { errorCode } from "../../src/errors.js";
import { silentLogger } from "../../src/log.js";
import { offsetInScalar } from "../../src/streams/file/scalar-offset.js";
import { readStream, startStream } from "../../src/streams/index.js";
import type { StreamItem } from "../../src/streams/stream-item.js";
import { kindsOf, SinkBook, stepOf } from "../kit/streams-kinds.js";

const oneToOne = [
  stepOf("pass", (source$) => source$.pipe(map((item) => item))),
  stepOf("chained", (source$) => source$.pipe(concatMap((item) => of(item)))),
  stepOf("looked", (source$) => source$.pipe(tap(() => {}))),
];
const id = fc.stringMatching(/^[a-z][a-z0-9_-]{0,10}$/);

const streamFile = fc
  .record({
    name: id,
    on_reload: fc.constantFrom("flush", "carry"),
    ids: fc.uniqueArray(
      id.filter((one) => one !== "source"),
      { minLength: 1, maxLength: 10 },
    ),
    kinds: fc.array(fc.constantFrom("pass", "chained", "looked"), { minLength: 10, maxLength: 10 }),
    capacity: fc.integer({ min: 1, max: 100 }),
    policy: fc.constantFrom("drop_newest", "drop_oldest", "block"),
  })
  .map(({ ids, kinds, capacity, policy, ...top }) => ({
    version: 1,
    ...top,
    source: { events: ["NewBlock"], buffer: { capacity } },
    steps: ids.slice(1).map((one, index) => ({ id: one, [kinds[index] as string]: {} })),
    sinks: [{ id: ids[0], book: {}, buffer: { capacity, policy } }],
  }));

const kinds = (book = new SinkBook()) => {
  const all = kindsOf(book);
  return { ...all, steps: oneToOne };
};

describe("readStream, whatever it is given", () => {
  it("gives a stream or says what is wrong, with its place", () => {
    const word = fc.constantFrom(
      ...[
        "version: 1",
        "name",
        ": ",
        "- ",
        "\n",
        "  ",
        "{",
        "}",
        "[",
        "]",
        ",",
        "'",
        '"',
        "|",
        ">",
        "&a",
        "*a",
        "!!t",
      ],
      ...[
        "steps",
        "sinks",
        "source",
        "events",
        "NewBlock",
        "filter",
        "#",
        "---",
        "%YAML",
        "?",
        "é",
        "\t",
        "\u0000",
        "1e999",
      ],
    );
    const text = fc.oneof(
      fc.array(word, { maxLength: 60 }).map((words) => words.join("")),
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.tuple(streamFile, fc.nat(), fc.nat(5), word).map(([file, at, cut, put]) => {
        const whole = stringify(file);
        const from = at % whole.length;
        return whole.slice(0, from) + put + whole.slice(from + cut);
      }),
    );
    fc.assert(
      fc.property(text, (one) => {
        try {
          readStream(one, "any.yaml", kinds());
        } catch (error) {
          expect(errorCode(error)).toBe("STREAM_INVALID");
          const { problems } = (
            error as { details: { problems: readonly { line: number; column: number }[] } }
          ).details;
          expect(problems.length).toBeGreaterThan(0);
          const lines = one.split("\n").length;
          for (const { line, column } of problems) {
            expect(line).toBeGreaterThanOrEqual(1);
            expect(line).toBeLessThanOrEqual(lines);
            expect(column).toBeGreaterThanOrEqual(1);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it("reads a valid stream as it was written, in any style", () => {
    fc.assert(
      fc.property(streamFile, fc.boolean(), (file, isFlow) => {
        const text = stringify(file, { collectionStyle: isFlow ? "flow" : "block" });
        const stream = readStream(text, "any.yaml", kinds());
        expect(stream.name).toBe(file.name);
        expect(stream.onReload).toBe(file.on_reload);
        expect(stream.steps.map((step) => ({ id: step.id, [step.kind]: {} }))).toEqual(file.steps);
        expect(stream.sinks.map((sink) => ({ id: sink.id, book: {}, buffer: sink.buffer }))).toEqual(
          file.sinks,
        );
        expect(readStream(text, "other.yaml", kinds()).hash).toBe(stream.hash);
      }),
      { numRuns: 20 },
    );
  });

  it("finds the place of a character of a text in every style", () => {
    const styles = ["PLAIN", "QUOTE_SINGLE", "QUOTE_DOUBLE", "BLOCK_LITERAL", "BLOCK_FOLDED"] as const;
    const words = fc.array(fc.stringMatching(/^[a-z'"\\é]{1,8}$/), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(words, fc.constantFrom(...styles), (list, style) => {
        const value = `${list.join(" ")} §`;
        const text = stringify({ k: value }, {
          defaultStringType: style,
          lineWidth: 20,
          minContentWidth: 0,
        } as object);
        expect((parse(text) as { k: string }).k.trimEnd()).toBe(value);
        const written = text.slice(text.indexOf(": ") + 2);
        expect(written[offsetInScalar(written, value, value.indexOf("§"))]).toBe("§");
      }),
      { numRuns: 40 },
    );
  });
});

describe("A chain of steps that give one item for one", () => {
  it("keeps the order, and every item is handled, waits or is counted as dropped", () => {
    fc.assert(
      fc.property(streamFile, fc.integer({ min: 0, max: 60 }), (file, count) => {
        const book = new SinkBook();
        book.write = () =>
          file.sinks[0]?.buffer.policy === "block" ? new Promise<void>(() => {}) : undefined;
        const source$ = new Subject<StreamItem>();
        const stream = startStream(readStream(stringify(file), "any.yaml", kinds(book)), {
          scheduler: new VirtualTimeScheduler(),
          log: silentLogger,
          filesDir: "",
          stdout: { write: () => true },
          events$: () => source$,
        });
        for (let seq = 1; seq <= count; seq++) source$.next({ value: seq, seq, timestampMs: 0, hops: 0 });
        const [[sinkId]] = [...book.items] as [[string, StreamItem[]]];
        const seqs = book.seqs(sinkId);
        expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
        const sink = stream.counters.get(sinkId);
        const { intake } = stream;
        expect(intake.in).toBe(count);
        expect(intake.in).toBe(intake.dropped + intake.held + (sink?.in ?? 0));
        expect(intake.held).toBeLessThanOrEqual(file.source.buffer.capacity);
        expect(sink?.in).toBe((sink?.out ?? 0) + (sink?.held ?? 0) + (sink?.dropped ?? 0));
      }),
      { numRuns: 40 },
    );
  });
});
