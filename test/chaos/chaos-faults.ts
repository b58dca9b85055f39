import { errorCode } from "../../src/errors.js";
import type { Host } from "../../src/host.js";
import type { Draw } from "./draw.js";
import type { RunningModule } from "./launch-module.js";
import type { Member } from "./member.js";

/** More at a time would mostly show processes that start. */
const FAULTS_AT_A_TIME = 2;

export type Fault = "SIGKILL" | "SIGSTOP" | "unload" | "cut";

/** Does things to members that are left in peace just now; several go on at a time. */
export class FaultMaker {
  readonly counts: Record<Fault, number> = { SIGKILL: 0, SIGSTOP: 0, unload: 0, cut: 0 };
  readonly #host: Host;
  readonly #members: readonly Member[];
  readonly #draw: Draw;
  readonly #open = new Set<Promise<void>>();

  constructor(host: Host, members: readonly Member[], draw: Draw) {
    this.#host = host;
    this.#members = members;
    this.#draw = draw;
  }

  /** Begins one fault and returns at once; false when enough go on, or nobody is left in peace. */
  strike(): boolean {
    if (this.#open.size >= FAULTS_AT_A_TIME) return false;
    // The rarest first, so that a short run has all of them too.
    const kinds = Object.keys(this.counts) as Fault[];
    const fault = kinds
      .sort((a, b) => this.counts[a] - this.counts[b])
      .find((kind) => this.#targets(kind).length > 0);
    if (fault === undefined) return false;
    const member = this.#draw.oneOf(this.#targets(fault));
    const running = member?.undisturbed;
    if (member === undefined || running === undefined) return false;
    this.counts[fault]++;
    const disturbance = member.disturb(() => this.#work(fault, member, running));
    const settled = disturbance.finally(() => this.#open.delete(settled));
    this.#open.add(settled);
    return true;
  }

  /** Resolves when every fault is over. */
  async over(): Promise<void> {
    await Promise.all(this.#open);
  }

  /** Whom this can be done to just now: only a path can be cut. */
  #targets(fault: Fault): Member[] {
    return this.#members.filter(({ undisturbed }) => {
      if (undisturbed === undefined) return false;
      const isAttached = undisturbed.cut !== undefined;
      return fault !== "cut" || isAttached;
    });
  }

  async #work(fault: Fault, member: Member, running: RunningModule): Promise<void> {
    const { pid, ended } = running;
    const isClean = member.isSteady;
    switch (fault) {
      case "SIGKILL":
        send(pid, "SIGKILL");
        await ended;
        return;
      case "SIGSTOP":
        send(pid, "SIGSTOP");
        await new Promise((resolve) => setTimeout(resolve, this.#draw.between(5, 400)));
        send(pid, "SIGCONT");
        return;
      case "unload":
        if (isClean) member.expectEnd("stopped");
        await this.#host.modules.unloadModule(member.name);
        await ended;
        return;
      case "cut":
        await running.cut?.();
        return;
      default:
        fault satisfies never;
    }
  }
}

/** A process may have ended by itself, or been ended by the host that looks after it, a moment ago. */
function send(pid: number, signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) !== "ESRCH") throw error;
  }
}
