import { drawStory } from "./draw-story.js";
import { REQUIRED_PATHS } from "./paths.js";
import { play } from "./play.js";
import { tellFailure } from "./shrink-story.js";
import { Tally } from "./tally.js";

export interface SeedRun {
  readonly tally: Tally;
  readonly seeds: number;
  /** The shrunken story of the first seed that failed. */
  readonly failure: string | undefined;
}

/**
 * Plays the stories of `budget` seeds from `seed` on; stops at the first that fails.
 * `onSeed` hears the number of seeds that are done.
 */
export async function runSeeds(
  seed: number,
  budget: number,
  onSeed?: (done: number) => void,
): Promise<SeedRun> {
  const tally = new Tally();
  for (let done = 0; done < budget; done++) {
    const story = drawStory(seed + done);
    const outcome = await play(story);
    tally.addAll(outcome.tally);
    if (outcome.problem !== undefined)
      return { tally, seeds: done + 1, failure: await tellFailure(seed + done, story) };
    onSeed?.(done + 1);
  }
  return { tally, seeds: budget, failure: undefined };
}

/** How often each fault and path occurred, one line each. */
export function tableOf({ tally, seeds }: SeedRun): string {
  return [`${seeds} seeds`, ...tally.lines(REQUIRED_PATHS)].join("\n");
}

/** Paths that occurred less than a hundred times per ten thousand seeds. */
export function rarePaths({ tally, seeds }: SeedRun): string[] {
  const atLeast = Math.ceil((100 * seeds) / 10_000);
  return REQUIRED_PATHS.filter((path) => tally.count(path) < atLeast).map(
    (path) => `${path}: ${tally.count(path)}, at least ${atLeast} are needed`,
  );
}
