import { existsSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "../../src/errors.js";
import type { Host } from "../../src/host.js";
import { timeLimitMs } from "../kit/time-limit.js";
import { type Launch, type RunningModule, turn } from "./launch-module.js";
import { LifeAccount, type LifeEnd } from "./life-account.js";
import { takeRecords } from "./module-records.js";

/** A module that is started again whenever its process ends, with an account of each of its lives. */
export class Member {
  readonly name: string;
  readonly account: LifeAccount;
  /** A publisher that wants no loss waits for this one, unless it is being disturbed. */
  readonly isSteady: boolean;
  readonly #isBreaker: boolean;
  readonly #host: Host;
  readonly #launch: Launch;
  readonly #dataDir: string;
  #running: RunningModule | undefined;
  #end: LifeEnd = "cut off";
  #isDisturbed = false;
  #isOver = false;
  #failedLaunches = 0;
  #reachedOrdinal = 0;

  constructor(
    host: Host,
    about: {
      readonly name: string;
      readonly launch: Launch;
      readonly dataDir: string;
      readonly isSteady: boolean;
      /** It breaks frames until it is told to stop that. */
      readonly isBreaker: boolean;
    },
  ) {
    this.#host = host;
    this.name = about.name;
    this.isSteady = about.isSteady;
    this.#isBreaker = about.isBreaker;
    this.account = new LifeAccount(about.name);
    this.#launch = about.launch;
    this.#dataDir = about.dataDir;
  }

  /** What runs and is left in peace; undefined while it is disturbed or between two lives. */
  get undisturbed(): RunningModule | undefined {
    return this.#isDisturbed ? undefined : this.#running;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  get openEvents(): number {
    const stats = this.#host.delivery.getDeliveryStats(this.name);
    return stats === undefined ? 0 : stats.waiting + stats.in_flight;
  }

  get matchedEvents(): number {
    return this.#host.delivery.getDeliveryStats(this.name)?.matched ?? 0;
  }

  /** Where the last life ended, as the module itself saw it. */
  get reachedOrdinal(): number {
    return this.#reachedOrdinal;
  }

  get failedLaunches(): number {
    return this.#failedLaunches;
  }

  /** Lives one life after the other until {@link stop}; rejects when it can't be started again and again. */
  async live(): Promise<void> {
    while (!this.#isOver) {
      try {
        this.#running = await this.#launch();
        await this.#running.ended;
      } catch (error) {
        this.#failedLaunches++;
        if (this.#failedLaunches > 100) throw error;
      }
      this.#running = undefined;
      this.#closeLife();
      await turn();
    }
  }

  /** Does something to the running process; nothing else is done to it meanwhile. */
  async disturb(work: (running: RunningModule) => Promise<unknown> | unknown): Promise<void> {
    const running = this.undisturbed;
    if (running === undefined) return;
    this.#isDisturbed = true;
    try {
      await work(running);
    } finally {
      this.#isDisturbed = false;
    }
  }

  /** Resolves when this life breaks no more frames, or is over. */
  async tame(life: RunningModule): Promise<void> {
    if (!this.#isBreaker) return;
    if (!isSignalled(life.pid, "SIGUSR2")) return;
    const isTame = () => existsSync(join(this.#dataDir, `tame-${life.pid}`));
    while (this.#running === life && !isTame()) await turn();
  }

  /** The end that comes next is a clean one. */
  expectEnd(end: LifeEnd): void {
    this.#end = end;
  }

  /** The life that runs is the last one. */
  finish(end: LifeEnd): Promise<void> {
    this.#isOver = true;
    this.expectEnd(end);
    const running = this.#running;
    return Promise.all([this.#host.modules.unloadModule(this.name), running?.ended]).then(() => {});
  }

  async untilRunning(): Promise<void> {
    const giveUpAtMs = performance.now() + timeLimitMs(30_000);
    while (this.undisturbed === undefined) {
      if (performance.now() > giveUpAtMs) throw new Error(`${this.name} does not come back`);
      await turn();
    }
  }

  #closeLife(): void {
    const records = takeRecords(this.#dataDir);
    this.#reachedOrdinal = records.reachedOrdinal;
    this.account.close(this.#host.delivery.getDeliveryStats(this.name), records, this.#end);
    this.#end = "cut off";
  }
}

/** False when the process is gone already. */
function isSignalled(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) === "ESRCH") return false;
    throw error;
  }
}
