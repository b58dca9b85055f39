import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProcessFamilies } from "../../../src/supervisor/monitor/process-families.js";

/** A machine as the test says: pid → parent, and session where it matters. */
function machine(table: Record<number, number | readonly [number, number]>) {
  const processes = new Map(Object.entries(table).map(([pid, entry]) => [Number(pid), entry]));
  let reads = 0;
  const families = new ProcessFamilies(
    (pid) => {
      reads++;
      const entry = processes.get(pid);
      if (entry === undefined) return undefined;
      const [parentPid, sessionId] = [entry].flat() as [number, number?];
      return { parentPid, sessionId: sessionId ?? 1 };
    },
    () => ["self", "net", "0", "-3", ...[...processes.keys()].map(String)],
  );
  const find = (...roots: number[]) => Object.fromEntries(families.find(new Set(roots)));
  const takeReads = () => {
    const count = reads;
    reads = 0;
    return count;
  };
  return { processes, find, takeReads };
}

describe("ProcessFamilies", () => {
  it("finds children and their children, parents first", () => {
    const { find } = machine({ 10: 1, 14: 10, 13: 14, 12: 13, 20: 1, 21: 20, 30: 1 });
    expect(find(10, 20)).toEqual({ 10: [14, 13, 12], 20: [21] });
  });

  it("finds an orphan by the session that its module began, and what the orphan starts", () => {
    const { find } = machine({ 10: [1, 10], 11: [10, 10], 40: [1, 10], 41: [40, 41], 50: [1, 50] });
    expect(find(10)).toEqual({ 10: [11, 40, 41] });
  });

  it("leaves another module and its children to that module", () => {
    const { find } = machine({ 10: 1, 11: 10, 12: 11 });
    expect(find(10, 11)).toEqual({ 10: [], 11: [12] });
  });

  it("forgets who is gone and finds who is new", () => {
    const { processes, find } = machine({ 10: 1, 11: 10 });
    expect(find(10)).toEqual({ 10: [11] });
    processes.delete(11);
    processes.set(12, 10);
    expect(find(10)).toEqual({ 10: [12] });
  });

  it("ends with parents that form a circle", () => {
    const { find } = machine({ 10: 12, 11: 10, 12: 11, 21: 22, 22: 21 });
    expect(find(10)).toEqual({ 10: [11, 12] });
  });

  it("reads strangers once and then every tenth time", () => {
    const { find, takeReads } = machine(
      Object.fromEntries(Array.from({ length: 100 }, (_, n) => [n + 1, 0])),
    );
    find(7);
    expect(takeReads()).toBe(100);
    for (let call = 0; call < 10; call++) find(7);
    expect(takeReads()).toBe(100);
  });

  it("notices within ten calls that a number belongs to another process", () => {
    const { processes, find } = machine({ 10: 1, 11: 1 });
    find(10);
    processes.set(11, 10);
    const found = Array.from({ length: 10 }, () => find(10)[10]?.length);
    expect(found.at(-1)).toBe(1);
  });

  it("reads at most 500 processes a call and gets to all of them", () => {
    const { find, takeReads } = machine({
      ...Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [n + 1, 0])),
      3001: 7,
    });
    let children = 0;
    for (let call = 0; call < 8; call++) {
      children = find(7)[7]?.length ?? 0;
      expect(takeReads()).toBeLessThanOrEqual(500);
    }
    expect(children).toBe(1);
  });

  it("keeps what it knows while processes can't be listed", () => {
    let isListable = true;
    const families = new ProcessFamilies(
      (pid) => ({ parentPid: pid - 1, sessionId: 1 }),
      () => {
        if (!isListable) throw new Error("EMFILE");
        return ["10", "11"];
      },
    );
    families.find(new Set([10]));
    isListable = false;
    expect(families.find(new Set([10])).get(10)).toEqual([11]);
  });

  it("gives each process to the nearest root above it, whatever the tree", () => {
    const tree = fc.array(fc.nat({ max: 1000 }), { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(tree, fc.uniqueArray(fc.nat({ max: 59 }), { maxLength: 5 }), (draws, picks) => {
        // Process n + 2 has one of the earlier ones, or init, for a parent.
        const parents = new Map(draws.map((draw, n) => [n + 2, 1 + (draw % (n + 1))]));
        const roots = picks.map((pick) => 2 + (pick % draws.length));
        const ownerOf = (pid: number): number | undefined => {
          const parent = parents.get(pid);
          if (parent === undefined) return undefined;
          return roots.includes(parent) ? parent : ownerOf(parent);
        };
        const found = machine(Object.fromEntries(parents)).find(...roots);
        for (const root of new Set(roots)) {
          const expected = [...parents.keys()].filter((pid) => !roots.includes(pid) && ownerOf(pid) === root);
          expect([...(found[root] ?? [])].sort((a, b) => a - b)).toEqual(expected);
        }
      }),
    );
  });
});
