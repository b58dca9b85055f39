import { appendFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { expect } from "vitest";
import { patience } from "../../kit/ipc-deadline.js";
import type { HostileRow } from "../hostile-row.js";
import type { Guard } from "./guard.js";

/** What came of one guard, one line of JSON in the file that `GUARD_REPORT` names. */
export interface GuardReport {
  readonly number: number;
  /** The first line of what failed without the guard; absent when the row held all the same. */
  readonly fell?: string;
}

/** A row that waits for what can't come any more need not wait long to fall. */
const PATIENCE_WITHOUT_MS = 600;
/** What an assertion or a wait in vain throws; anything else is an accident of the mutation. */
const BY_ASSERTION = new Set(["AssertionError", "UnkeptPromise"]);

declare global {
  var guardTakenOut: number | undefined;
}

const passed = new Set<HostileRow>();

/** Plays a guard's row with the guard, where it must pass, and without it, where it must fall by an assertion. */
export async function expectFall(row: HostileRow, guard: Guard, number: number): Promise<void> {
  const door = row.doors[0] ?? "fd";
  if (!passed.has(row)) await row.play(door);
  passed.add(row);
  const error = await playWithout(number, guard.patienceMs ?? PATIENCE_WITHOUT_MS, () => row.play(door));
  const fell = error === undefined ? undefined : firstLine(error);
  const report: GuardReport = { number, ...(fell === undefined ? {} : { fell }) };
  appendFileSync(process.env.GUARD_REPORT as string, `${JSON.stringify(report)}\n`);
  expect(error, "the row holds without its guard").toBeInstanceOf(Error);
  expect(BY_ASSERTION, `the row fell by accident: ${fell}`).toContain((error as Error).name);
}

async function playWithout(number: number, patienceMs: number, play: () => Promise<void>): Promise<unknown> {
  const { ms } = patience;
  patience.ms = patienceMs;
  globalThis.guardTakenOut = number;
  try {
    await play();
    return undefined;
  } catch (error) {
    return error;
  } finally {
    globalThis.guardTakenOut = undefined;
    patience.ms = ms;
  }
}

function firstLine(error: unknown): string {
  const { name, message } = error as Error;
  const [first = ""] = stripVTControlCharacters(message).split("\n");
  return name === "AssertionError" ? first : `${name}: ${first}`;
}
