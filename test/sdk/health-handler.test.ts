import { describe, expect, it } from "vitest";
import { answerHealth } from "../../src/sdk/health-handler.js";
import { createModuleLog } from "../../src/sdk/module-log.js";

describe("onHealth", () => {
  it.each([
    ["Healthy", { health: "Healthy" }],
    [{ Degraded: "slow" }, { health: { Degraded: "slow" } }],
    [
      { health: { Unresponsive: "no disk" }, details: { free: 0 } },
      { health: { Unresponsive: "no disk" }, details: { free: 0 } },
    ],
  ] as const)("answers %j in the form of the protocol", async (said, sent) => {
    const answer = answerHealth(
      () => said,
      createModuleLog(() => true),
    );
    expect(await answer()).toEqual(sent);
  });

  it("is degraded when the handler fails, and logs it", async () => {
    const logged: string[] = [];
    const log = createModuleLog((level, message) => {
      logged.push(`${level} ${message}`);
      return true;
    });
    const answer = answerHealth(() => Promise.reject(new Error("x".repeat(5000))), log);
    const { health } = (await answer()) as { health: { Degraded: string } };
    expect(health.Degraded).toMatch(/^its health check failed: x{900}/);
    expect(health.Degraded.length).toBeLessThanOrEqual(1000);
    expect(logged).toEqual(["error the health handler failed"]);
  });
});
