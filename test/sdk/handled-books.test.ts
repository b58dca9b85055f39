import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pidOf, startManager } from "../kit/host-manager.js";
import { expectBalance, until } from "../kit/host-until.js";

const behaviour = fc.record({
  delayMs: fc.constantFrom(0, 0, 1, 3),
  throwEach: fc.constantFrom(0, 1, 3),
  events: fc.integer({ min: 1, max: 120 }),
});

describe("what a module process handled", () => {
  it("is what its books call delivered after a clean stop, and within them after a kill", async () => {
    await using host = await startManager();
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(behaviour, fc.boolean(), async ({ delayMs, throwEach, events }, isKilled) => {
        runs++;
        const name = `recorder-${runs}`;
        await host.run(name, "recorder", {
          config: `delay_ms = ${delayMs}\nthrow_each = ${throwEach}\n`,
        });
        const seqs = new Set(host.publishMany(events));
        await until("an event is handled", async () => (await host.recording(name)).seqs.length > 0);
        if (isKilled) {
          process.kill(pidOf(host, name), "SIGKILL");
          await until("its death is booked", () => host.stats(name).in_flight === 0);
        } else await host.manager.unloadModule(name);
        const stats = host.stats(name);
        const { seqs: handled } = await host.recording(name);
        expectBalance(stats);
        expect(handled).toEqual([...handled].sort((a, b) => a - b));
        expect(handled.filter((seq) => !seqs.has(seq))).toEqual([]);
        if (!isKilled) expect(stats.fate_unknown).toBe(0);
        expect(handled.length).toBeGreaterThanOrEqual(stats.delivered);
        expect(handled.length).toBeLessThanOrEqual(stats.delivered + stats.fate_unknown);
      }),
      { numRuns: 6, endOnFailure: true },
    );
  }, 120_000);
});
