import { describe, expect, it } from "vitest";
import { sampleSeqs } from "../../../src/http/page/sample-seqs.js";

const same = () => "a";

describe("sampleSeqs", () => {
  it("takes all of few, and none of none", () => {
    expect(sampleSeqs(5, 8, same, 12)).toEqual([5, 6, 7, 8]);
    expect(sampleSeqs(5, 4, same, 12)).toEqual([]);
  });

  it("spreads evenly over many of one type", () => {
    const seqs = sampleSeqs(1, 1_200, same, 12);
    expect(seqs).toHaveLength(12);
    const steps = seqs.slice(1).map((seq, n) => seq - (seqs[n] ?? 0));
    expect([Math.min(...steps), Math.max(...steps)]).toEqual([100, 100]);
  });

  it("gives each type its turn, the rarest first", () => {
    const typeOf = (seq: number) => (seq === 700 ? "rare" : seq % 10 === 0 ? "some" : "many");
    const types = sampleSeqs(1, 2_000, typeOf, 12).map(typeOf);
    const countOf = (type: string) => types.filter((each) => each === type).length;
    expect([countOf("rare"), countOf("some"), countOf("many")]).toEqual([1, 6, 5]);
  });

  it("never takes more than the limit nor one twice, however many types and events there are", () => {
    const seqs = sampleSeqs(1, 5_000_000, (seq) => String(seq % 125), 12);
    expect(seqs).toHaveLength(12);
    expect(new Set(seqs).size).toBe(12);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  });

  it("leaves out what is too long ago to be known", () => {
    const seqs = sampleSeqs(1, 1_000, (seq) => (seq > 900 ? "a" : undefined), 12);
    expect(seqs).toHaveLength(12);
    expect(Math.min(...seqs)).toBeGreaterThan(900);
  });
});
