import { describe, expect, it } from "vitest";
import { campaignRun } from "../kit/campaign.js";
import { expectBalance } from "../kit/host-until.js";
import { installQuickModule, installStoppedModule } from "../memory/install-module.js";
import { type LinearFit, linearFit } from "../memory/linear-fit.js";
import { type MeasuredHost, STEADY_NURSERY, startMeasuredHost } from "../memory/measured-host.js";

const MIB = 1024 * 1024;
const EVENTS_PER_SECOND = 5000;
const EVENTS_PER_ROUND = 50_000;
/** Until then the runtime compiles, and its pools find their size: some megabytes that are no leak. */
const WARM_UP_MINUTES = 30;
/** Resident memory wanders by a megabyte within ten minutes: less than half an hour shows nothing of what this looks for. */
const SHORTEST_SOAK_MINUTES = 60;
/** Now and then a module comes and goes. */
const ROUNDS_BETWEEN_UNLOADS = 10;
const quick = ["quick-1", "quick-2"];
const stopped = "stopped";

describe("a host that runs for long", () => {
  it("grows by less than a megabyte an hour", async () => {
    // One host is measured from its start: there is no progress to keep, and a resumed soak starts over.
    const run = campaignRun("soak", { budget: 120 });
    if (run.budget < SHORTEST_SOAK_MINUTES) {
      throw new Error(
        `--budget ${run.budget} is too short to tell: a soak takes ${SHORTEST_SOAK_MINUTES} minutes or more`,
      );
    }
    await using host = await startMeasuredHost(STEADY_NURSERY);
    await Promise.all(quick.map((name) => installQuickModule(host.modulesDir, name)));
    await installStoppedModule(host.modulesDir, stopped);
    for (const name of [...quick, stopped]) await host.load(name);

    const resident: [hours: number, mib: number][] = [];
    const counted: [hours: number, mib: number][] = [];
    const startMs = performance.now();
    const minutes = () => (performance.now() - startMs) / 60_000;
    for (let rounds = 1; minutes() < run.budget; rounds++) {
      await publishRound(host);
      const { rss, heapUsed, external } = await host.memory();
      resident.push([minutes() / 60, rss / MIB]);
      counted.push([minutes() / 60, (heapUsed + external) / MIB]);
      const counts = `counted ${((heapUsed + external) / MIB).toFixed(3)}`;
      process.stdout.write(`${minutes().toFixed(1)} min, ${(rss / MIB).toFixed(1)} MiB, ${counts}\n`);
      if (rounds % ROUNDS_BETWEEN_UNLOADS === 0) {
        await host.unload("quick-2");
        await host.load("quick-2");
      }
    }
    for (const name of [...quick, stopped]) expectBalance(await host.stats(name));

    expectFlat("resident", resident);
    // What the runtime itself counts hardly wanders: here even a small leak shows early, and the line must be sharp.
    const { slopeError } = expectFlat("counted", counted);
    expect(2 * slopeError, "doubt about what is counted").toBeLessThan(0.5);
  });
});

/** Events at an even rate for some seconds, in batches that both modules can take. */
async function publishRound(host: MeasuredHost): Promise<void> {
  const startMs = performance.now();
  const batch = EVENTS_PER_SECOND / 50;
  for (let published = 0; published < EVENTS_PER_ROUND; published += batch) {
    await host.publish({ count: batch, paceBy: "quick-1" });
    const dueMs = ((published + batch) / EVENTS_PER_SECOND) * 1000;
    const earlyMs = startMs + dueMs - performance.now();
    if (earlyMs > 0) await new Promise((resolve) => setTimeout(resolve, earlyMs));
  }
}

function expectFlat(what: string, samples: readonly (readonly [hours: number, mib: number])[]): LinearFit {
  const fit = linearFit(samples.filter(([hours]) => hours * 60 > WARM_UP_MINUTES));
  const { slope, slopeError } = fit;
  process.stdout.write(
    `${what}: ${slope.toFixed(3)} MiB an hour, give or take ${(2 * slopeError).toFixed(3)}\n`,
  );
  expect(slope, what).toBeLessThan(1);
  return fit;
}
