import { type Outcome, play } from "./play.js";
import type { Sabotage } from "./sabotage.js";
import { shrink } from "./shrink.js";
import { describeStory, type ModuleName, type Step, type Story } from "./story.js";

/** What a problem is about, without the numbers in it: a shorter story has other ones. */
function kindOf(problem: Outcome["problem"]): string | undefined {
  return problem?.text
    .split("\n", 1)[0]
    ?.replaceAll(/\d+/g, "#")
    .replaceAll(/alpha|beta|gamma|delta/g, "module");
}

/** The shortest story found that has the same kind of problem: fewer steps, then fewer repetitions in one step. */
export async function shrinkStory(story: Story, makeSabotage?: () => Sabotage): Promise<Story> {
  const kind = kindOf((await play(story, makeSabotage)).problem);
  const fails = async (steps: readonly Step[]) =>
    kindOf((await play({ ...story, steps }, makeSabotage)).problem) === kind;
  let steps: readonly Step[] = await shrink(story.steps, fails);
  for (let n = 0; n < steps.length; n++) {
    const step = steps[n] as Step;
    for (const simpler of simplerSteps(step)) {
      const tried = steps.with(n, simpler);
      if (!(await fails(tried))) continue;
      steps = tried;
      break;
    }
  }
  const isNamed = (name: string) => JSON.stringify(steps).includes(`"${name}"`);
  const modules = Object.fromEntries(
    Object.entries(story.modules).filter(([name]) => isNamed(name)),
  ) as Partial<Record<ModuleName, Story["modules"][ModuleName]>>;
  const shortest = { ...story, modules, steps } as Story;
  const isSame = kindOf((await play(shortest, makeSabotage)).problem) === kind;
  return isSame ? shortest : { ...story, steps };
}

/** The failing story as somebody reads it, with the seed that repeats it. */
export async function tellFailure(
  seed: number,
  story: Story,
  makeSabotage?: () => Sabotage,
): Promise<string> {
  const shortest = await shrinkStory(story, makeSabotage);
  const { problem } = await play(shortest, makeSabotage);
  const where =
    problem === undefined || problem.step >= shortest.steps.length
      ? "at the end"
      : `in step ${problem.step + 1}`;
  return [
    `Seed ${seed} fails; ${shortest.steps.length} of its ${story.steps.length} steps are enough:`,
    ...describeStory(shortest).map((line) => `  ${line}`),
    `  ${where}: ${problem?.text ?? "the shrunken story fails no more"}`,
  ].join("\n");
}

/** The same step with less in it, simplest first. */
function simplerSteps(step: Step): Step[] {
  if (step.do === "publish")
    return [1, 2, 3, 5, 8].filter((n) => n < step.times).map((times) => ({ ...step, times }));
  if (step.do === "react" && step.steps.length > 1)
    return step.steps.map((inner) => ({ ...step, steps: [inner] }));
  if (step.do === "subscribe" || step.do === "unsubscribe")
    return step.types.length > 1 ? step.types.map((type) => ({ ...step, types: [type] })) : [];
  return [];
}
