import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { childPids, groupPids } from "../kit/host-leftovers.js";
import { expectBalance, until } from "../kit/host-until.js";
import { gone } from "../kit/process-watch.js";
import { type MeasuredHost, startMeasuredHost } from "../memory/measured-host.js";
import { installMortals } from "./bundled-module.js";

/** How a life ends: the host is asked to unload, or the process gets a signal. */
const endings = ["unload", "SIGKILL", "SIGTERM", "SIGHUP", "SIGUSR2"] as const;

/** Modules that live side by side: one for each processor that the tests count on. */
const lanes = ["left", "right"] as const;

const WITHIN_MS = 60_000;
/** Looks in a row that find the same: nothing is being cleared away any more. */
const LOOKS_ALIKE = 20;

/** What a host holds when no module runs. */
export interface HostHoldings {
  readonly descriptors: number;
  readonly children: readonly number[];
  /** Everything below its data directory. */
  readonly files: readonly string[];
  /** Resident memory without what lies in files, which comes and goes as the whole machine needs it. */
  readonly residentBytes: number;
  /** What the runtime counts. */
  readonly countedBytes: number;
}

/** A host in a process of its own that lets modules live and die; it goes with the scope. */
export interface CycledHost extends AsyncDisposable {
  /**
   * Lets modules live `count` lives in all: each is loaded, handles an event and ends, in another way each time. The
   * last of each module ends by unload, which takes its code away; a module that was killed keeps it.
   */
  run(count: number): Promise<void>;
  /** Waits until what the ends left behind is cleared away, then looks. */
  holdings(): Promise<HostHoldings>;
}

export async function startCycledHost(): Promise<CycledHost> {
  const known = childPids();
  const host = await startMeasuredHost();
  const hostPid = childPids().find((pid) => !known.includes(pid)) as number;
  await installMortals(host.modulesDir, lanes);
  let lives = 0;
  return {
    async run(count) {
      const last = lives + count;
      const live = async (name: string) => {
        while (lives < last - lanes.length)
          await liveOnce(host, name, endings[lives++ % endings.length] as Ending);
        lives++;
        await liveOnce(host, name, "unload");
      };
      await Promise.all(lanes.map(live));
    },
    async holdings() {
      for (const name of lanes) expectBalance(await host.stats(name));
      const look = async () => ({
        descriptors: await host.descriptors(),
        children: childPids(hostPid),
        files: (await readdir(join(host.modulesDir, "../data"), { recursive: true })).sort(),
      });
      let held = await look();
      let alike = 0;
      await until("what the ends left is cleared away", async () => {
        const now = await look();
        alike = JSON.stringify(now) === JSON.stringify(held) ? alike + 1 : 0;
        held = now;
        return alike >= LOOKS_ALIKE;
      });
      const { heapUsed, external } = await host.memory();
      return { ...held, countedBytes: heapUsed + external, residentBytes: await residentBytes(hostPid) };
    },
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

type Ending = (typeof endings)[number];

async function liveOnce(host: MeasuredHost, name: string, ending: Ending): Promise<void> {
  await host.load(name);
  const { delivered } = await host.stats(name);
  const pid = (await host.pids())[name] as number;
  await host.publish({ count: 1 });
  await until(
    `${name} handled an event`,
    async () => (await host.stats(name)).delivered > delivered,
    WITHIN_MS,
  );
  if (ending === "unload") await host.unload(name);
  else process.kill(pid, ending);
  await until(
    `the host has no ${name} after ${ending}`,
    async () => !(name in (await host.pids())),
    WITHIN_MS,
  );
  await gone(pid, WITHIN_MS);
  const { matched, waiting, in_flight } = await host.stats(name);
  expect({ matched: matched > 0, waiting, in_flight, group: groupPids(pid) }).toEqual({
    matched: true,
    waiting: 0,
    in_flight: 0,
    group: [],
  });
}
