import type { LaunchLimits, SandboxedCommand } from "../sandbox/index.js";
import { breachOf } from "./breach.js";
import type { ExitReport } from "./exit-report.js";
import { LastWords } from "./last-words.js";

/** Gathers what tells whether a limit ended a module's process. It owns the process' control group once it has it. */
export class DeathCause {
  readonly #limits: LaunchLimits;
  readonly #lastMemoryBytes: () => number | undefined;
  readonly #words = new LastWords();
  #group: SandboxedCommand["group"];

  constructor(limits: LaunchLimits, lastMemoryBytes: () => number | undefined) {
    this.#limits = limits;
    this.#lastMemoryBytes = lastMemoryBytes;
  }

  readonly noteErrorLine = (line: string): void => this.#words.note(line);

  own(group: SandboxedCommand["group"]): void {
    this.#group = group;
  }

  /** The limit that ended the process, in words; undefined when nothing says that it was one. */
  async find(report: ExitReport | undefined): Promise<string | undefined> {
    if (report === undefined) return undefined;
    return breachOf({
      code: report.code,
      signal: report.signal,
      limits: this.#limits,
      memoryKills: (await this.#group?.memoryKills()) ?? 0,
      memoryWords: this.#words.aboutMemory,
      lastMemoryBytes: this.#lastMemoryBytes(),
    });
  }

  /** Kills what is left of the process' group and removes it. Idempotent; never rejects. */
  async close(): Promise<void> {
    await this.#group?.close();
  }
}
