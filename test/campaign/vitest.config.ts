import { mergeConfig } from "vitest/config";
import base from "../../vitest.config.js";

/** The long forms run one after another and for as long as their budget takes. */
const config = mergeConfig(base, {});
config.test = {
  ...config.test,
  include: ["test/campaign/*.campaign.ts"],
  fileParallelism: false,
  testTimeout: 0,
  hookTimeout: 0,
};

export default config;
