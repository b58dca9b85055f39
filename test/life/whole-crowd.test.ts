import { describe, expect, it } from "vitest";
import type { Host } from "../../src/host.js";
import { modulesOptions } from "../../src/supervisor/options.js";
import { type HostFolder, hostFolder } from "../kit/host-whole.js";
import { gone, isGone } from "../kit/process-watch.js";
import { timeLimitMs } from "../kit/time-limit.js";

const { shutdown_ack_ms, stop_timeout_ms, kill_timeout_ms } = modulesOptions.parse({});
const times = { shutdown_ack_ms, stop_timeout_ms, kill_timeout_ms };

/** Chains of modules that need one another, where each other one ignores every request to stop. */
async function startChains(folder: HostFolder, count: number, chains: number): Promise<Host> {
  for (let n = 0; n < count; n++) {
    const needs = n < chains ? {} : { [`m-${n - chains}`]: "^1.0.0" };
    await folder.install(`m-${n}`, n % 2 === 0 ? "recorder" : "stubborn", { needs });
  }
  const host = folder.host({ modules: times });
  await host.start();
  return host;
}

function pidsOf(host: Host): number[] {
  return [...host.modules.instances].map(({ pid }) => pid as number);
}

describe("a host of modules that need one another, half of which ignore the stop", () => {
  it("is gone in under nine seconds, dependants told before what they need", async () => {
    await using folder = await hostFolder();
    const host = await startChains(folder, 20, 5);
    const stopped: string[] = [];
    host.events$("ModuleStopped").subscribe(({ payload }) => stopped.push(payload.module_name));
    const pids = pidsOf(host);
    expect(pids).toHaveLength(20);
    const startMs = performance.now();
    await host.close();
    expect(performance.now() - startMs).toBeLessThan(timeLimitMs(9000));
    expect(pids.filter((pid) => !isGone(pid))).toEqual([]);
    expect(new Set(stopped).size).toBe(20);
    // Ends of chains that listen are told at once, while there is time; the others wait for those that don't.
    for (const n of [16, 18]) expect((await folder.recording(`m-${n}`)).stops).toEqual(["shutdown"]);
    for (const n of [16, 18]) expect(stopped.indexOf(`m-${n}`)).toBeLessThan(stopped.indexOf(`m-${n - 5}`));
  }, 300_000);

  it("is gone at once when it is killed in the middle of its shutdown", async () => {
    await using folder = await hostFolder();
    const host = await startChains(folder, 6, 2);
    const pids = pidsOf(host);
    const closing = host.close("signal");
    const startMs = performance.now();
    host.kill();
    for (const pid of pids) await gone(pid, timeLimitMs(1000));
    await closing;
    // What waited for a deadline waits no longer; the time for acknowledgements may still have to pass.
    expect(performance.now() - startMs).toBeLessThan(timeLimitMs(shutdown_ack_ms + 1000));
  }, 120_000);
});
