import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A long run: which part of it is left to do, and where its progress is kept. */
export interface CampaignRun {
  /** Item `i` of the run derives everything it draws from `seed + i`. */
  readonly seed: number;
  /** Items in all, in the campaign's own unit. */
  readonly budget: number;
  /** The first item not done yet: 0, or where an earlier run with the same seed stopped; the budget when all is done. */
  readonly firstItem: number;
  /** Keeps `nextItem` for `--resume`; call it about once a second, not for each item. */
  saveProgress(nextItem: number): void;
}

const progressDir = fileURLToPath(new URL("../../.campaign/", import.meta.url));

/** Budget of a proof inside `npm test`: the whole figure in CI, less on a user's machine. */
export function shortForm(ciBudget: number, localBudget: number): number {
  return process.env.CI === undefined || process.env.CI === "" ? localBudget : ciBudget;
}

/**
 * What `npm run campaign NAME -- --seed N --budget N [--resume]` asked for.
 *
 * Progress lies in `.campaign/NAME.json`; another seed starts over. The file is replaced as a whole, so a killed run
 * leaves the last complete entry. A resumed run whose budget was done before has nothing left to do, and passes.
 */
export function campaignRun(name: string, defaults: { readonly budget: number }): CampaignRun {
  const seed = wholeNumber("CAMPAIGN_SEED") ?? 1;
  const budget = wholeNumber("CAMPAIGN_BUDGET") ?? defaults.budget;
  const file = join(progressDir, `${name}.json`);
  const done = process.env.CAMPAIGN_RESUME === "1" ? progressOf(file, seed) : 0;
  const firstItem = Math.min(done, budget);
  if (firstItem > 0)
    process.stdout.write(`${name}, seed ${seed}: ${firstItem} of ${budget} were done before\n`);
  return {
    seed,
    budget,
    firstItem,
    saveProgress(nextItem) {
      mkdirSync(dirname(file), { recursive: true });
      // A last round may go beyond the budget: what a longer run is still to do counts from there.
      const progress = { seed, nextItem: Math.max(done, Math.min(nextItem, budget)) };
      writeFileSync(`${file}.next`, `${JSON.stringify(progress)}\n`);
      renameSync(`${file}.next`, file);
    },
  };
}

function wholeNumber(variable: string): number | undefined {
  const text = process.env[variable];
  if (text === undefined || text === "") return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new Error(`${variable} is "${text}"; it takes a whole number from 0 on`);
  }
  return value;
}

function progressOf(file: string, seed: number): number {
  try {
    const progress = JSON.parse(readFileSync(file, "utf8")) as { seed?: unknown; nextItem?: unknown };
    return progress.seed === seed && typeof progress.nextItem === "number" ? progress.nextItem : 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}
