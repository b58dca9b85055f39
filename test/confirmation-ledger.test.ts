import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfirmationLedger } from "../src/confirmation-ledger.js";

describe("a ledger of confirmations", () => {
  it("holds exactly the blocks of the best chain that are deep enough, whatever reorganisations come", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.record({ pop: fc.nat(4), isTold: fc.boolean() }), { maxLength: 80 }),
        (depth, moves) => {
          const ledger = new ConfirmationLedger<string>({ depth, maxBlocks: 1000 });
          const chain: string[] = [];
          const confirmed = new Set<string>();
          // The deepest that the chain ever was above a block: that is what confirms it.
          let lowest = 0;
          moves.forEach(({ pop, isTold }, move) => {
            const gone = pop > chain.length ? [] : chain.splice(chain.length - pop).reverse();
            const hash = `block ${move}`;
            const changes = isTold ? gone.flatMap((block) => ledger.disconnect(block)) : [];
            chain.push(hash);
            changes.push(...ledger.connect(chain.length, hash, hash));
            for (const { kind, block } of changes) {
              if (kind === "confirmed") {
                expect(confirmed.has(block)).toBe(false);
                confirmed.add(block);
              } else expect(confirmed.delete(block)).toBe(kind === "retracted");
            }
            lowest = Math.max(Math.min(lowest, chain.length - 1), chain.length - depth + 1);
            expect([...confirmed]).toEqual(chain.slice(0, Math.max(0, lowest)));
          });
        },
      ),
    );
  });

  it("remembers no more blocks than it may", () => {
    const ledger = new ConfirmationLedger<number>({ depth: 2, maxBlocks: 5 });
    for (let height = 1; height <= 100; height++) ledger.connect(height, `h${height}`, height);
    expect([ledger.size, ledger.waiting]).toEqual([5, 1]);
    expect(ledger.disconnect("h50")).toEqual([]);
    expect(ledger.disconnect("h96")).toEqual([
      { kind: "forgotten", block: 100 },
      ...[99, 98, 97, 96].map((block) => ({ kind: "retracted", block })),
    ]);
  });
});
