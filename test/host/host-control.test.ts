import { describe, expect, it } from "vitest";
import { connectControl } from "../../src/control/index.js";
import { hostFolder } from "../kit/host-whole.js";

describe("the control door of a host", () => {
  it("answers with the books of one module, and NO_STATS for a name it never met", async () => {
    await using folder = await hostFolder();
    await folder.install("worker", "recorder");
    const host = folder.host();
    await host.start();
    const control = await connectControl(host.config.modules.data_dir);
    try {
      expect(await control.call("stats", { module: "worker" })).toEqual({
        modules: { worker: host.delivery.getDeliveryStats("worker") },
      });
      await expect(control.call("stats", { module: "nobody" })).rejects.toMatchObject({ code: "NO_STATS" });
    } finally {
      await control.close();
    }
  });

  it("unloads and loads a module while the host runs", async () => {
    await using folder = await hostFolder();
    await folder.install("worker", "recorder");
    const host = folder.host();
    await host.start();
    const control = await connectControl(host.config.modules.data_dir);
    try {
      await control.call("unloadmodule", { name: "worker" });
      expect(await control.call("listmodules", {})).toMatchObject([
        { name: "worker", state: "Stopped", pid: null },
      ]);
      await control.call("loadmodule", { name: "worker" });
      expect(await control.call("listmodules", {})).toMatchObject([{ name: "worker", state: "Running" }]);
      await control.call("reloadmodule", { name: "worker" });
      expect(host.modules.loadedModules.map(({ name }) => name)).toEqual(["worker"]);
    } finally {
      await control.close();
    }
  });
});
