import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { readStream, stepDefinitions, streamJsonSchema } from "../../src/streams/index.js";
import { sinkDefinitions } from "../../src/streams/sinks/catalogue.js";
import { kindsOf, SinkBook } from "../kit/streams-kinds.js";

const kinds = kindsOf(new SinkBook());
const schema = z.fromJSONSchema(streamJsonSchema(kinds) as Parameters<typeof z.fromJSONSchema>[0]);
const shipped = z.fromJSONSchema(streamJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
const accepts = (text: string) => schema.safeParse(parse(text)).success;

const good = `version: 1
name: large-fee
source: { events: [MempoolTransactionAdded] }
steps:
  - { id: big, filter: 'event.payload.fee_rate > 50.0', on_error: fail }
  - { id: all, pass: { n: 3 } }
sinks:
  - { id: out, book: {}, buffer: { capacity: 5, policy: block } }
tests:
  - name: passes the large ones
    marbles: { source: 'a-|', at: { big: 'a-|' } }
    values: { a: { type: MempoolTransactionAdded, payload: { fee_rate: 60 } } }
`;

describe("The JSON Schema of streams", () => {
  it("accepts what readStream accepts", () => {
    expect(readStream(good, "good.yaml", kinds).steps).toHaveLength(2);
    expect(accepts(good)).toBe(true);
    expect(accepts(good.replace(/\{ events.*/, "{ generate: { every: 5s } }"))).toBe(true);
  });

  it.each([
    ["an unknown key", good.replace("name:", "nmae:")],
    ["another version", good.replace("version: 1", "version: 2")],
    ["an unknown event", good.replace("[MempoolTransactionAdded]", "[MempoolTransactionAded]")],
    ["an unknown kind", good.replace("filter:", "fitler:")],
    ["two kinds in one step", good.replace("pass: { n: 3 }", "pass: { n: 3 }, filter: 'true'")],
    ["a value out of range", good.replace("n: 3", "n: 11")],
    ["a bad policy", good.replace("policy: block", "policy: blocks")],
    ["a bad duration", good.replace(/\{ events.*/, "{ generate: { every: 5 } }")],
    ["no sinks", good.replace(/sinks:\n.*\n/, "sinks: []\n")],
    ["a test without diagrams", good.replace(/ {4}marbles.*\n/, "")],
  ])("refuses %s", (_name, text) => {
    expect(() => readStream(text, "bad.yaml", kinds)).toThrow();
    expect(accepts(text)).toBe(false);
  });

  it.each(
    [...stepDefinitions, ...sinkDefinitions].map(({ kind, docs }) => ({ kind, example: docs.example })),
  )("accepts the example of $kind", ({ kind, example }) => {
    const entry: unknown = parse(example);
    const isSink = sinkDefinitions.some((sink) => sink.kind === kind);
    const file = {
      ...{ version: 1, name: "example", source: { events: ["NewBlock"] } },
      steps: isSink ? [] : [entry],
      sinks: [isSink ? entry : { id: "out", stdout: { format: "ndjson" } }],
    };
    expect(shipped.safeParse(file).error?.issues ?? []).toEqual([]);
    expect(shipped.safeParse({ ...file, sinks: [{ id: "out", [kind]: null }] }).success).toBe(false);
  });

  it("says of every key what it is for, and knows every kind", () => {
    const text = JSON.stringify(streamJsonSchema());
    for (const { kind } of [...stepDefinitions, ...sinkDefinitions]) expect(text).toContain(`"${kind}":{`);
    const { properties } = streamJsonSchema() as {
      properties: Record<string, { description?: string }>;
    };
    expect(Object.entries(properties).filter(([, { description }]) => description === undefined)).toEqual([]);
  });
});
