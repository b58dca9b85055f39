import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createHost, type Host } from "../../src/host.js";
import { blockFile } from "../kit/host-whole.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { timeLimitMs } from "../kit/time-limit.js";
import { crewOf, crewSettings } from "./chaos-crew.js";
import { type Fault, FaultMaker } from "./chaos-faults.js";
import { type Draw, drawFrom } from "./draw.js";
import { errorLog } from "./error-log.js";
import { turn } from "./launch-module.js";
import type { LifeTotals } from "./life-account.js";
import type { Member } from "./member.js";
import { type NumberedPublisher, numberedPublisher } from "./numbered-events.js";

export interface ChaosReport {
  /** What didn't fit, one sentence each. */
  readonly problems: readonly string[];
  readonly published: number;
  readonly faults: Readonly<Record<Fault, number>>;
  /** What the breakers of frames did, by name. */
  readonly brokenFrames: ReadonlyMap<string, number>;
  readonly modules: ReadonlyMap<string, LifeTotals>;
}

/** What a breaker of frames does, in name order; the functions of raw-module.mjs. */
export const brokenFrameKinds = [
  "acknowledgementsInTheMiddleOfAFrame",
  "halfFrameThenEnd",
  "halfFrameThenKilled",
  "halfFrameThenSilence",
  "lateSecondHalf",
] as const;

/** Events that a publisher leaves open at the slowest steady module; with the largest batch they just fit. */
const OPEN_EVENTS = 150;
const LARGEST_BATCH = 200;
const BURST_SHARE = 0.06;
const LARGEST_BURST = 8000;
/** Modules that may be between two lives while a publisher at an even pace goes on. */
const MOST_AWAY = 2;
const TURNS_BETWEEN_BALANCES = 50;

/**
 * Ten module processes under one host, each matching at least `eventsPerModule` events while processes are killed,
 * stopped, unloaded and cut off, frames are broken and readers are slow. A third of the events come at a pace that
 * steady modules can hold, the others in bursts that nobody can.
 */
export async function runChaos(seed: number, eventsPerModule: number): Promise<ChaosReport> {
  const draw = drawFrom(seed);
  await using dir = await tempDir();
  const folders = { modulesDir: join(dir.path, "modules"), dataDir: join(dir.path, "data") };
  await mkdir(folders.modulesDir);
  const log = errorLog(["module crashed"]);
  await using host = createHost(
    {
      chain: { files: [blockFile("898352.raw")], events_per_second: 0.0001 },
      http: { port: 0 },
      modules: {
        data_dir: folders.dataDir,
        modules_dir: folders.modulesDir,
        enabled_modules: [],
        stop_timeout_ms: timeLimitMs(5000),
        ...crewSettings,
      },
      sandbox: { mode: "off" },
      ipc: { frame_timeout_ms: 1500, start_timeout_ms: 60_000, handshake_timeout_ms: 20_000 },
    },
    { log },
  );
  await host.start();
  const members = await crewOf(host, folders, draw, eventsPerModule);
  const lives = members.map((member) => member.live());
  // A member that can't live fails the run at its next step.
  const failed = Promise.all(lives).then(() => forever);
  await Promise.race([Promise.all(members.map((member) => member.untilRunning())), failed]);

  const publisher = numberedPublisher(host, draw);
  const faults = new FaultMaker(host, members, draw);
  await Promise.race([
    publishThroughFaults({ host, members, publisher, faults, draw }, eventsPerModule),
    failed,
  ]);
  await faults.over();
  await calm(members);
  await endCleanly(members, publisher);
  await Promise.all(lives);
  return reportOf(members, publisher, faults, log.lines());
}

const forever = new Promise<never>(() => {});

interface Stage {
  readonly host: Host;
  readonly members: readonly Member[];
  readonly publisher: NumberedPublisher;
  readonly faults: FaultMaker;
  readonly draw: Draw;
}

async function publishThroughFaults(stage: Stage, eventsPerModule: number): Promise<void> {
  const { host, members, publisher, faults, draw } = stage;
  const eventsPerFault = Math.round(eventsPerModule / (20 + eventsPerModule / 12_500));
  let nextFaultAt = eventsPerFault;
  let turns = 0;
  const isDone = () => members.every(({ matchedEvents }) => matchedEvents >= eventsPerModule);
  while (publisher.published < eventsPerModule || !isDone()) {
    if (draw.chance(BURST_SHARE)) publisher.publish(draw.between(LARGEST_BATCH, LARGEST_BURST));
    else {
      await untilRoom(members);
      publisher.publish(draw.between(1, LARGEST_BATCH));
    }
    if (publisher.published >= nextFaultAt && faults.strike()) nextFaultAt += eventsPerFault;
    if (++turns % TURNS_BETWEEN_BALANCES === 0) {
      for (const { name, account } of members) {
        const stats = host.delivery.getDeliveryStats(name);
        if (stats !== undefined) account.checkBalance(stats);
      }
    }
    await turn();
  }
}

async function untilRoom(members: readonly Member[]): Promise<void> {
  const giveUpAtMs = performance.now() + timeLimitMs(60_000);
  // Whoever starts needs a processor; the events that pass meanwhile would match nobody.
  while (members.filter(({ isRunning }) => !isRunning).length > MOST_AWAY) {
    if (performance.now() > giveUpAtMs) throw new Error("modules do not come back");
    await turn();
  }
  const full = () =>
    members.find(
      ({ isSteady, undisturbed, openEvents }) =>
        isSteady && undisturbed !== undefined && openEvents > OPEN_EVENTS,
    );
  for (let slow = full(); slow !== undefined; slow = full()) {
    if (performance.now() > giveUpAtMs) throw new Error(`${slow.name} handles nothing more`);
    await turn();
  }
}

/** Lets every member finish what it has; from now on nobody misbehaves. */
async function calm(members: readonly Member[]): Promise<void> {
  const giveUpAtMs = performance.now() + timeLimitMs(30_000);
  for (const member of members) {
    for (;;) {
      await member.untilRunning();
      const running = member.undisturbed;
      if (running !== undefined) await member.tame(running);
      while (member.undisturbed === running && member.openEvents > 0) {
        if (performance.now() > giveUpAtMs) throw new Error(`${member.name} does not finish`);
        await turn();
      }
      // With its connection closed nothing is open either, but another life has to come first.
      if (running !== undefined && member.undisturbed === running && running.isConnected()) break;
      await turn();
    }
  }
}

/** A last stretch without faults, a last burst, and a stop of modules that have handled everything. */
async function endCleanly(members: readonly Member[], publisher: NumberedPublisher): Promise<void> {
  for (let n = 0; n < 20; n++) {
    publisher.publish(LARGEST_BATCH);
    await untilRoom(members);
  }
  publisher.publish(LARGEST_BURST);
  await calm(members);
  await Promise.all(members.map((member) => member.finish("stopped when all was handled")));
}

function reportOf(
  members: readonly Member[],
  publisher: NumberedPublisher,
  faults: FaultMaker,
  errors: readonly string[],
): ChaosReport {
  const problems = members.flatMap(({ account }) => account.problems);
  for (const { name, reachedOrdinal, failedLaunches } of members) {
    if (reachedOrdinal !== publisher.published) {
      problems.push(
        `${name} heard of everything up to ${reachedOrdinal}, published were ${publisher.published}`,
      );
    }
    if (failedLaunches > 0) problems.push(`${name} could not be started ${failedLaunches} times`);
  }
  const brokenFrames = new Map<string, number>();
  for (const { account } of members) {
    for (const [name, count] of account.faults) brokenFrames.set(name, (brokenFrames.get(name) ?? 0) + count);
  }
  return {
    problems: [...problems, ...errors],
    published: publisher.published,
    faults: faults.counts,
    brokenFrames,
    modules: new Map(members.map(({ name, account }) => [name, account.totals])),
  };
}
