import { describe, it } from "vitest";
import { shortForm } from "../../kit/campaign.js";
import { tellCrashStory } from "./crash-story.js";

describe("a host killed with SIGKILL while a module writes", () => {
  it("has all of each batch or nothing, and a quota that is exact", async () => {
    await tellCrashStory(1, shortForm(12, 6));
  }, 300_000);
});
