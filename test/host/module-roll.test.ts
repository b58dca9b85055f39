import { describe, expect, it } from "vitest";
import { ModuleRoll } from "../../src/host/module-roll.js";
import { realBus } from "../kit/real-bus.js";

function setUp() {
  const bus = realBus();
  const roll = new ModuleRoll({
    bus,
    modules: () => ({ instances: [] }),
    care: { monitor: { figures: () => new Map() } } as never,
  });
  const enter = (name: string, new_state: string) =>
    bus.publish("ModuleStateChanged", { module_name: name, old_state: "Stopped", new_state } as never);
  return { bus, roll, enter };
}

describe("ModuleRoll", () => {
  it("knows a module that is down for good, and that it crashed", () => {
    const { bus, roll, enter } = setUp();
    bus.publish("ModuleDiscovered", { module_name: "gone", version: "2.1.0", source: "filesystem" });
    for (const state of ["Initializing", "Running", "Error"]) enter("gone", state);
    expect([...roll.statuses()]).toEqual([
      {
        name: "gone",
        version: "2.1.0",
        state: "Error",
        isConnected: false,
        health: "crashed",
        use: undefined,
      },
    ]);
  });

  it("says of an unloaded module that it is stopped, not that it crashed", () => {
    const { roll, enter } = setUp();
    enter("put-away", "Running");
    enter("put-away", "Stopped");
    expect([...roll.statuses()]).toMatchObject([{ name: "put-away", state: "Stopped", health: undefined }]);
  });

  it("keeps a thousand names at most", () => {
    const { roll, enter } = setUp();
    for (let n = 0; n < 1200; n++) enter(`m${n}`, "Error");
    expect([...roll.statuses()]).toHaveLength(1000);
    roll.close();
  });
});
