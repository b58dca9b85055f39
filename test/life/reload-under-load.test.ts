import { describe, expect, it } from "vitest";
import { type ManagerOptions, type ManagerUnderTest, startManager } from "../kit/host-manager.js";
import { until } from "../kit/host-until.js";
import { startTraffic } from "./steady-traffic.js";
import { expectEveryLossTold } from "./told-losses.js";

const PER_SECOND = 10_000;
const RELOADS = 5;
const WITHIN_MS = 60_000;

type Delivery = NonNullable<NonNullable<ManagerOptions["settings"]>[string]["delivery"]>;

const ROOMY: Delivery = { capacity: 1_000_000, window: 1024, max_bytes: 1024 * 1024 * 1024 };

/** Reloads a recorder under traffic; when this resolves the recorder is unloaded and all is accounted for. */
async function reloadUnderTraffic(
  { delivery, delayMs = 0, ...options }: ManagerOptions & { delivery: Delivery; delayMs?: number },
  look: (host: ManagerUnderTest, published: readonly number[]) => Promise<void>,
): Promise<void> {
  await using host = await startManager({ ...options, settings: { m: { delivery } } });
  await host.run("m", "recorder", { config: `delay_ms = ${delayMs}\n` });
  const traffic = startTraffic(host.bus, PER_SECOND);
  try {
    for (let n = 0; n < RELOADS; n++) {
      const { delivered } = host.stats("m");
      await until("the module handles events", () => host.stats("m").delivered > delivered + 20, WITHIN_MS);
      await host.manager.reloadModule("m");
    }
  } finally {
    traffic.stop();
  }
  const isAtRest = () => host.stats("m").waiting + host.stats("m").in_flight === 0;
  await until("all that waits is handled", isAtRest, WITHIN_MS);
  await host.manager.unloadModule("m");
  expect(host.published.filter(({ type }) => type === "ModuleReloaded")).toHaveLength(RELOADS);
  await look(host, traffic.stop());
}

describe(`a module that is reloaded ${RELOADS} times under ${PER_SECOND} events a second`, () => {
  it("handles each event once, in order, where its channel has the room", async () => {
    await reloadUnderTraffic({ delivery: ROOMY }, async (host, published) => {
      const { handled, told } = await expectEveryLossTold(host, "m", published);
      expect({ handled, told }).toEqual({ handled: published.length, told: 0 });
      expect(host.stats("m")).toMatchObject({ delivered: published.length, fate_unknown: 0 });
    });
  }, 120_000);

  it("is told of every event that its channel had no room for meanwhile", async () => {
    const delivery = { capacity: 50, window: 256, max_bytes: 4 * 1024 * 1024 };
    await reloadUnderTraffic({ delivery }, async (host, published) => {
      const { told, recording } = await expectEveryLossTold(host, "m", published);
      expect(told).toBeGreaterThan(RELOADS);
      expect(new Set(recording.gaps.map(({ reason }) => reason))).toEqual(new Set(["channel_full"]));
      expect(host.stats("m")).toMatchObject({ dropped_full: told, failed_closed: 0 });
    });
  }, 120_000);

  it("is told of what its predecessor had not finished when its time to stop was over", async () => {
    const delivery = { ...ROOMY, capacity: 100, window: 1000 };
    const options = { delivery, delayMs: 2, stopTimeoutMs: 50, killTimeoutMs: 50 };
    await reloadUnderTraffic(options, async (host, published) => {
      const { handledAndTold, recording } = await expectEveryLossTold(host, "m", published);
      const { fate_unknown, failed_closed } = host.stats("m");
      expect(fate_unknown).toBeGreaterThan(RELOADS);
      expect(fate_unknown).toBe(failed_closed);
      expect(handledAndTold).toBeGreaterThan(0);
      expect(recording.gaps.length).toBeGreaterThanOrEqual(RELOADS);
    });
  }, 120_000);
});
