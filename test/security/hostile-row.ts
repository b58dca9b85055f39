import type { Door } from "../../src/ipc/index.js";

/** One hostile input of the list, and everything that must hold when it comes. */
export interface HostileRow {
  /** The input's number in the list of hostile inputs. */
  readonly id: string;
  /** Unique among the rows of its number. */
  readonly input: string;
  /** The doors at which the input makes sense. */
  readonly doors: readonly Door[];
  /** Why one door is left out. */
  readonly because?: string;
  /** Rejects when anything promised doesn't hold. */
  play(door: Door): Promise<void>;
}

const BOTH_DOORS: readonly Door[] = ["fd", "path"];

/** A row of both doors. */
export function row(id: string, input: string, play: HostileRow["play"]): HostileRow {
  return { id, input, doors: BOTH_DOORS, play };
}

/** A row of one door, and why the other is left out. */
export function rowAt(
  door: Door,
  because: string,
  id: string,
  input: string,
  play: () => Promise<void>,
): HostileRow {
  return { id, input, doors: [door], because, play };
}
