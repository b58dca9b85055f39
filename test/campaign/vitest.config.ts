import { mergeConfig } from "vitest/config";
import base from "../../vitest.config.js";

/** The long forms run one after another and for as long as their budget takes. */
const config = mergeConfig(base, {});
// Each in one process of its own, not once in each project of the tests.
const { projects: _, ...test } = config.test ?? {};
config.test = {
  ...test,
  include: ["test/campaign/*.campaign.ts"],
  fileParallelism: false,
  testTimeout: 0,
  hookTimeout: 0,
};

export default config;
