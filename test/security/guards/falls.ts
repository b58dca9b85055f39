import type { HostileRow } from "../hostile-row.js";
import { hostileRows } from "../hostile-table.js";
import { expectFall } from "./fall.js";
import type { Guard } from "./guard.js";
import { guards } from "./guards.js";

/** One test for each chosen guard of one half of the list: its title, and what it does. */
export function falls(half: 0 | 1): [title: string, fall: () => Promise<void>][] {
  const chosen = JSON.parse(process.env.GUARDS as string) as number[];
  return chosen
    .filter((_, position) => position % 2 === half)
    .map((number) => {
      const guard = guards[number] as Guard;
      const row = hostileRows.find(
        ({ id, input }) => id === guard.row && input === guard.input,
      ) as HostileRow;
      return [`${number} ${guard.row}: ${guard.input}`, () => expectFall(row, guard, number)];
    });
}
