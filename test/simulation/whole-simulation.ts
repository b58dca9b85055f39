export { drawStory } from "./draw-story.js";
export { play } from "./play.js";
export { rarePaths, runSeeds, tableOf } from "./run-seeds.js";
export { shrinkStory, tellFailure } from "./shrink-story.js";
