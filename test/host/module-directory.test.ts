import { describe, expect, it } from "vitest";
import { createModuleDirectory } from "../../src/host/module-directory.js";
import type { ModuleHealth } from "../../src/requests/index.js";

interface Scripted {
  readonly needs?: readonly string[];
  readonly state?: string;
  readonly isLoaded?: boolean;
  readonly isStopping?: boolean;
  readonly isConnected?: boolean;
  readonly health?: ModuleHealth;
}

function directory(modules: Readonly<Record<string, Scripted>>) {
  const instances = Object.entries(modules).map(
    ([name, { needs = [], state = "Running", isLoaded = true, isStopping = false, isConnected = true }]) => ({
      name,
      state,
      isLoaded,
      isStopping,
      isConnected,
      module: { manifest: { dependencies: new Map(needs.map((each) => [each, {}])) } },
    }),
  );
  let looks = 0;
  const made = createModuleDirectory({
    modules: () => ({
      loadedModules: [],
      instances: instances as never,
      listModules: async () => {
        looks++;
        return [];
      },
      ensureLoaded: async () => {},
    }),
    care: { healthOf: (name) => modules[name]?.health ?? "Healthy", reportHealth() {} },
  });
  return { ...made, looks: () => looks };
}

describe("whether a module can be called", () => {
  it.each<[string, Scripted | undefined, string | undefined]>([
    ["runs and is well", {}, undefined],
    ["was started by hand", { state: "attached" }, undefined],
    ["is slow", { health: { Degraded: "slow" } }, undefined],
    ["isn't there", undefined, "it is not loaded"],
    ["starts", { state: "Initializing", isLoaded: false }, "it has not said yet that it is ready"],
    ["is being announced", { state: "Initializing" }, "it is Initializing"],
    ["is being stopped", { state: "Stopping", isStopping: true }, "it is stopping"],
    ["was killed", { isStopping: true }, "it is stopping"],
    ["lost its connection", { isConnected: false }, "it is not connected"],
    ["is silent", { health: { Unresponsive: "silent for 5.0 s" } }, "it is unresponsive: silent for 5.0 s"],
    ["crashed", { health: { Crashed: "exit code 1" } }, "it crashed: exit code 1"],
    ["needs the node only", { needs: ["blvm-node"] }, undefined],
    ["needs one that is well", { needs: ["well"] }, undefined],
    ["needs one that isn't there", { needs: ["well", "gone"] }, "it needs gone, and it is not loaded"],
    ["needs one that is unwell", { needs: ["ill"] }, "it needs ill, and it is unresponsive: ill"],
    [
      "needs it through another",
      { needs: ["middle"] },
      "it needs middle, and it needs ill, and it is unresponsive: ill",
    ],
    ["needs itself in a circle", { needs: ["asked"] }, undefined],
  ])("one that %s", (_what, asked, problem) => {
    const around = {
      well: {},
      ill: { health: { Unresponsive: "ill" } },
      middle: { needs: ["ill"] },
    } satisfies Record<string, Scripted>;
    expect(directory(asked === undefined ? around : { ...around, asked }).problemOf("asked")).toBe(problem);
  });

  it("looks at what many need once", () => {
    const layers = Array.from({ length: 30 }, (_, n) => [
      [`a${n}`, { needs: [`a${n + 1}`, `b${n + 1}`] }],
      [`b${n}`, { needs: [`a${n + 1}`, `b${n + 1}`] }],
    ]);
    const all = Object.fromEntries([...layers.flat(), ["a30", {}], ["b30", {}]]) as Record<string, Scripted>;
    expect(directory(all).problemOf("a0")).toBe(undefined);
  });

  it("shortens a reason that no answer could hold", () => {
    const { healthOf } = directory({ wordy: { health: { Crashed: "x".repeat(5000) } } });
    expect(healthOf("wordy")).toEqual({ Crashed: "x".repeat(1024) });
  });
});

describe("a search for a module that isn't loaded", () => {
  it("looks at the folders once for all who search at the same time", async () => {
    const { find, looks } = directory({});
    await Promise.all(["a", "b", "c"].map((name) => find(name)));
    expect(looks()).toBe(1);
    await find("d");
    expect(looks()).toBe(2);
  });
});
