import { noSabotage, type Sabotage } from "./sabotage.js";
import { Simulation } from "./simulation.js";
import type { Story } from "./story.js";
import type { Tally } from "./tally.js";

export interface Outcome {
  /** The same story has the same hash. */
  readonly hash: string;
  readonly tally: Tally;
  /** What went wrong, at which of the steps (their number when it was at the end); undefined when nothing did. */
  readonly problem: { readonly text: string; readonly step: number } | undefined;
}

/** Plays a story from its beginning until it ends or something is wrong. Never rejects. */
export async function play(story: Story, makeSabotage: () => Sabotage = () => noSabotage): Promise<Outcome> {
  const simulation = new Simulation(story, makeSabotage());
  let step = 0;
  let problem: Outcome["problem"];
  try {
    for (; step < story.steps.length; step++) {
      await simulation.take(story.steps[step] as Story["steps"][number]);
    }
    await simulation.settle();
  } catch (error) {
    problem = { text: error instanceof Error ? (error.stack ?? error.message) : String(error), step };
  }
  await simulation.close();
  return { hash: simulation.trace.hex, tally: simulation.tally, problem };
}
