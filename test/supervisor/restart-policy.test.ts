import { describe, expect, it } from "vitest";
import { restartOptions } from "../../src/supervisor/options.js";
import { RestartPolicy } from "../../src/supervisor/restart-policy.js";

const onFailure = (over: object = {}) =>
  new RestartPolicy(() => restartOptions.parse({ policy: "on-failure", ...over }));

describe("RestartPolicy", () => {
  it("leaves a crashed module down by default and says why", () => {
    const policy = new RestartPolicy(() => restartOptions.parse({}));
    expect(policy.noteCrash(0)).toEqual({
      kind: "stay-down",
      reason: expect.stringContaining("restart.policy is never"),
    });
  });

  it("doubles the wait with each crash up to the longest", () => {
    const policy = onFailure({ max_crashes: 100, backoff_ms: 1000, max_backoff_ms: 5000 });
    const delays = [0, 1, 2, 3, 4].map((n) => policy.noteCrash(n));
    expect(delays).toEqual([1000, 2000, 4000, 5000, 5000].map((delayMs) => ({ kind: "restart", delayMs })));
  });

  it("gives up at the last crash that the window allows", () => {
    const policy = onFailure();
    expect(policy.noteCrash(0).kind).toBe("restart");
    expect(policy.noteCrash(1000).kind).toBe("restart");
    expect(policy.noteCrash(2000)).toEqual({
      kind: "stay-down",
      reason: expect.stringContaining("crashed 3 times within 300 s"),
    });
  });

  it("forgets crashes that lie outside the window", () => {
    const policy = onFailure();
    for (const atMs of [0, 300_000, 600_000, 900_000])
      expect(policy.noteCrash(atMs)).toEqual({ kind: "restart", delayMs: 1000 });
    expect(policy.crashes).toBe(1);
  });

  it("goes by the options of the moment, and keeps count", () => {
    let policy: "never" | "on-failure" = "on-failure";
    const changing = new RestartPolicy(() => restartOptions.parse({ policy, max_crashes: 3 }));
    expect(changing.noteCrash(0)).toEqual({ kind: "restart", delayMs: 1000 });
    policy = "never";
    expect(changing.noteCrash(1)).toMatchObject({ kind: "stay-down" });
    policy = "on-failure";
    expect(changing.noteCrash(2)).toEqual({ kind: "restart", delayMs: 2000 });
  });

  it("begins anew when somebody took the module in hand", () => {
    const policy = onFailure();
    policy.noteCrash(0);
    policy.noteCrash(1);
    policy.forgive();
    expect(policy.noteCrash(2)).toEqual({ kind: "restart", delayMs: 1000 });
  });
});
