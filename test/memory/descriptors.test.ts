import { describe, it } from "vitest";
import { shortForm } from "../kit/campaign.js";
import { until } from "../kit/host-until.js";
import { installQuickModule, installStoppedModule } from "./install-module.js";
import { startMeasuredHost } from "./measured-host.js";

const cycles = shortForm(12, 3);

describe(`a host after ${cycles} cycles of load and unload`, () => {
  it("holds no more descriptors than after the first", async () => {
    await using host = await startMeasuredHost();
    const small = ["a", "b", "c"];
    await Promise.all(small.map((name) => installStoppedModule(host.modulesDir, name)));
    await installQuickModule(host.modulesDir, "quick");
    const cycle = async () => {
      await Promise.all([...small, "quick"].map((name) => host.load(name)));
      await host.publish({ count: 500 });
      const pids = await host.pids();
      // One is killed, the others are asked to stop; a stopped one is continued, or only SIGKILL would end it.
      const ended = Object.entries(pids).map(async ([name, pid]) => {
        if (name === "a") process.kill(pid, "SIGKILL");
        else {
          if (small.includes(name)) process.kill(pid, "SIGCONT");
          await host.unload(name);
        }
      });
      await Promise.all(ended);
      await until("all are gone", async () => Object.keys(await host.pids()).length === 0);
      await host.attachAndDetach("b");
    };
    await cycle();
    const before = await host.descriptors();
    for (let n = 0; n < cycles; n++) await cycle();
    // The first count may hold what the monitor keeps of a dead process until its next second.
    await until(
      `${before} descriptors are open again`,
      async () => (await host.descriptors()) <= before,
      10_000,
    );
  }, 300_000);
});
