import type { LaunchLimits, SandboxedCommand } from "../sandbox/index.js";
import { breachOf } from "./breach.js";
import { type ExitReport, tellEnd } from "./exit-report.js";
import { LastWords } from "./last-words.js";

/** What is known of a module's life when it ends. */
interface Life {
  readonly isLimited: boolean;
  readonly lastMemoryBytes: () => number | undefined;
  readonly livedMs: () => number;
}

/** Gathers what tells whether a limit ended a module's process. It owns the process' control group once it has it. */
export class DeathCause {
  readonly #limits: LaunchLimits;
  readonly #life: Life;
  readonly #words = new LastWords();
  #group: SandboxedCommand["group"];
  #hitLimit = false;

  constructor(limits: LaunchLimits, life: Life) {
    this.#limits = limits;
    this.#life = life;
  }

  readonly noteErrorLine = (line: string): void => this.#words.note(line);

  own(group: SandboxedCommand["group"]): void {
    this.#group = group;
  }

  /** {@link tell} found that a limit of the system ended it. */
  get hitLimit(): boolean {
    return this.#hitLimit;
  }

  /**
   * How it ended, in words: a fault that the host killed it for, or the limit that ended it where something says so, and
   * then the end itself. What is left of its control group is killed and removed.
   * @param end what is known of the process, or the end in words where there was none
   */
  async tell(
    end: ExitReport | string,
    {
      fault,
      wasAsked,
      launcherSaid,
    }: {
      readonly fault: string | undefined;
      readonly wasAsked: boolean;
      readonly launcherSaid: string | undefined;
    },
  ): Promise<string> {
    const reason = typeof end === "string" ? end : tellEnd(end, launcherSaid);
    const breach = fault !== undefined || typeof end === "string" ? undefined : await this.#breach(end);
    this.#hitLimit = breach !== undefined;
    const told = fault ?? breach;
    await this.#group?.close();
    return told === undefined || wasAsked ? reason : `${told}; ${reason}`;
  }

  async #breach({ code, signal }: ExitReport): Promise<string | undefined> {
    return breachOf({
      code,
      signal,
      limits: this.#limits,
      memoryKills: (await this.#group?.memoryKills()) ?? 0,
      memoryWords: this.#words.aboutMemory,
      lastMemoryBytes: this.#life.lastMemoryBytes(),
      isLimited: this.#life.isLimited,
      livedMs: this.#life.livedMs(),
    });
  }
}
