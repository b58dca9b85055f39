import { describe, expect, it } from "vitest";
import type { Door } from "../../src/ipc/index.js";
import type { HostileRow } from "./hostile-row.js";
import { hostileRows } from "./hostile-table.js";

const atDoors: readonly [title: string, row: HostileRow, door: Door][] = hostileRows.flatMap((row) =>
  row.doors.map((door): [string, HostileRow, Door] => [
    `${row.id} at the door ${door}: ${row.input}`,
    row,
    door,
  ]),
);

function span(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, n) => first + n);
}

describe("the list of hostile inputs", () => {
  it("has a row for every number that a connection or a process can provoke", () => {
    const numbers = [...span(1, 34), 70, 71, 78, 79, 83, 84];
    const ids = numbers.map((number) => `H${String(number).padStart(2, "0")}`);
    const played = new Set(hostileRows.map(({ id }) => id));
    expect(ids.filter((id) => !played.has(id))).toEqual([]);
  });

  it("is played at both doors, or says why not", () => {
    for (const { doors, because } of hostileRows) {
      expect(doors.length === 2 ? "no reason needed" : (because ?? "")).toMatch(/ \S+ /);
    }
  });

  it("names each input once", () => {
    const names = hostileRows.map(({ id, input }) => `${id} ${input}`);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("a hostile client", () => {
  it.each(atDoors)("%s is answered as promised and harms nobody else", async (_title, row, door) => {
    await row.play(door);
  });
});
