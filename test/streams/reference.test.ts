import { describe, expect, it } from "vitest";
import { streamReference } from "../../src/streams/index.js";

describe("The reference of streams", () => {
  it("says of every option what it means, and shows every kind once", () => {
    const { file, steps, sinks } = streamReference();
    const parts = [...file, ...steps, ...sinks];
    const silent = parts.flatMap(({ kind, forms }) =>
      forms.flat().flatMap(({ key, description }) => (description === "" ? [`${kind}.${key}`] : [])),
    );
    expect(silent).toEqual([]);
    expect(new Set(parts.map(({ kind }) => kind)).size).toBe(parts.length);
    expect(steps.flatMap(({ docs }) => Object.values(docs ?? {})).filter((text) => text === "")).toEqual([]);
  });
});
