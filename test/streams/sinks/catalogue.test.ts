import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { sinkDefinitions } from "../../../src/streams/sinks/catalogue.js";
import { prepareSink } from "../../kit/streams-sink.js";

describe("The catalogue of sinks", () => {
  it("names each kind once", () => {
    expect(sinkDefinitions.map(({ kind }) => kind)).toEqual([
      "stdout",
      "file",
      "webhook",
      "metric",
      "publish",
      "nats",
    ]);
  });

  it.each(sinkDefinitions.map(({ kind, docs }) => ({ kind, docs })))(
    "has for $kind an example that can be used as it stands, and a text for everything",
    ({ kind, docs }) => {
      const { id, ...rest } = parse(docs.example) as Record<string, unknown>;
      expect(id).toMatch(/^[a-z][a-z0-9_-]*$/);
      expect(Object.keys(rest)).toEqual([kind]);
      expect(() => prepareSink(kind, rest[kind], { kind: "event", types: ["NewBlock"] })).not.toThrow();
      for (const text of Object.values(docs)) expect(text.length).toBeGreaterThan(10);
    },
  );
});
