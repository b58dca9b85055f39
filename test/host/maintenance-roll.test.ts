import { describe, expect, it } from "vitest";
import { exampleEvent } from "../../src/events/index.js";
import { MaintenanceRoll } from "../../src/host/maintenance-roll.js";
import { pidOf, startManager } from "../kit/host-manager.js";
import { until } from "../kit/host-until.js";

const types = 'types = "DataMaintenance,MempoolTransactionAdded"';
const maintenance = { ...exampleEvent("DataMaintenance"), urgency: "low" } as const;

describe("MaintenanceRoll", () => {
  it("doesn't take the acknowledgement of a later event for that of a request that was dropped", async () => {
    await using host = await startManager({
      settings: { slow: { delivery: { capacity: 1, window: 1 } }, quick: {} },
    });
    const roll = new MaintenanceRoll(host.bus);
    for (const name of ["quick", "slow"]) await host.run(name, "recorder", { config: types });
    process.kill(pidOf(host, "slow"), "SIGSTOP");
    host.publishMany(2);
    roll.begin();
    host.bus.publish("DataMaintenance", maintenance);
    await until("the quick one is done", () => roll.progress().answered.includes("quick"));
    process.kill(pidOf(host, "slow"), "SIGCONT");
    await until("the slow one caught up", () => host.stats("slow").delivered === 2);
    host.publishMany(1);
    await until("it handled a later event", () => host.stats("slow").delivered === 3);
    expect(roll.progress()).toEqual({ answered: ["quick"], pending: [], lost: ["slow"] });
  });

  it("asks who is subscribed at the request, and forgets who is gone", async () => {
    await using host = await startManager();
    const roll = new MaintenanceRoll(host.bus);
    await host.run("early", "recorder", { config: types });
    process.kill(pidOf(host, "early"), "SIGSTOP");
    roll.begin();
    host.bus.publish("DataMaintenance", maintenance);
    await host.run("late", "recorder", { config: types });
    expect(roll.progress()).toEqual({ answered: [], pending: ["early"], lost: [] });
    host.bus.books.resetDeliveryStats("early");
    expect(roll.progress().pending).toEqual(["early"]);
    process.kill(pidOf(host, "early"), "SIGKILL");
    await until("it is gone", () => roll.progress().pending.length === 0);
    expect(roll.progress()).toEqual({ answered: [], pending: [], lost: [] });
  });
});
