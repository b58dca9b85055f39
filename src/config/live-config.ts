import type { SchedulerLike, Subscription } from "rxjs";
import { monotonicScheduler } from "../clock.js";
import { errorCode, errorMessage } from "../errors.js";
import type { EventPayload } from "../events/index.js";
import type { Logger } from "../log.js";
import { allSections, changedSections } from "./diff-config.js";
import { configErrors } from "./errors.js";
import { fileChanges } from "./file-changes.js";
import type { Config } from "./host-config.js";
import { reloadOf } from "./load-config.js";
import { redactedConfig } from "./redacted-config.js";
import { settledReadings } from "./settled-readings.js";

export interface LiveConfigDependencies {
  /** Publishes to the modules. */
  readonly publish: (type: "ConfigLoaded", payload: EventPayload<"ConfigLoaded">) => unknown;
  /** Hears of each change after `current` is the new one and before it is published. */
  readonly onChange?: (config: Config, changedSections: readonly string[]) => void;
  readonly log: Logger;
  readonly scheduler?: SchedulerLike;
}

/** Readings of a configuration file after the first, by what came of them. */
export interface ConfigReloads {
  readonly applied: number;
  readonly unchanged: number;
  /** Faulty in a new way; the configuration before stays in force. */
  readonly failed: number;
  readonly lastSuccessAtMs: number;
}

/** The file must have been still for so long before it is read, and again before a faulty one is reported. */
const REST_MS = 200;
const POLL_MS = 1000;

/**
 * The configuration of a running host: what was read last and was in order.
 *
 * - {@link start} publishes ConfigLoaded with every section; each later change of the file publishes it with the
 *   sections that differ. `config_json` holds no secrets, and is absent when longer than 64 KiB.
 * - A file that is missing, unreadable or wrong changes nothing: it is logged once, as CONFIG_INVALID with place, key,
 *   what was found and what is allowed. A file whose content says the same as before changes nothing either.
 * - At once: whatever `onChange` does (the levels of the log), and what modules do when they hear of it. At a module's next load: all of its
 *   `[modules.<name>]`. At the host's next start: every other section.
 * - Environment and flags lie over the file as they did at start. A configuration that came from no file never changes.
 *
 * It owns the watch on the file's folder, from {@link start} to {@link close}.
 */
export class LiveConfig {
  readonly #deps: LiveConfigDependencies;
  readonly #scheduler: SchedulerLike;
  #current: Config;
  #watching: Subscription | undefined;
  #reported: string | undefined;
  readonly #reloads = { applied: 0, unchanged: 0, failed: 0 };
  #lastSuccessAtMs = Date.now();
  #isClosed = false;

  constructor(deps: LiveConfigDependencies, config: Config) {
    this.#deps = deps;
    this.#scheduler = deps.scheduler ?? monotonicScheduler;
    this.#current = config;
  }

  /** The configuration in force. */
  get current(): Config {
    return this.#current;
  }

  /**
   * How the file was read again since the start, and when a configuration in order was read last, in milliseconds since
   * 1970.
   */
  get reloads(): ConfigReloads {
    return { ...this.#reloads, lastSuccessAtMs: this.#lastSuccessAtMs };
  }

  /** Publishes the first ConfigLoaded and watches the file, if there is one. Call it once. */
  async start(): Promise<void> {
    if (this.#isClosed) return;
    const { file } = this.#current;
    this.#publish(allSections(this.#current));
    const reload = reloadOf(this.#current);
    if (file === undefined || reload === undefined) return;
    const scheduler = this.#scheduler;
    // Its first emission finds what was changed between the first reading and now.
    const changes$ = fileChanges(file, { scheduler }, { restMs: REST_MS, pollMs: POLL_MS });
    this.#watching = settledReadings(changes$, reload, REST_MS, scheduler).subscribe((reading) => {
      if (reading.ok) this.#take(reading.value);
      else this.#report(file, reading.error);
    });
  }

  /** Watches no longer; `current` stays. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watching?.unsubscribe();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #take(config: Config): void {
    const changed = changedSections(this.#current, config);
    const wasFaulty = this.#reported !== undefined;
    this.#reported = undefined;
    this.#reloads[changed.length === 0 ? "unchanged" : "applied"]++;
    this.#lastSuccessAtMs = Date.now();
    if (changed.length === 0) {
      if (wasFaulty)
        this.#deps.log.info({ file: config.file }, "the configuration is in order again, unchanged");
      return;
    }
    this.#current = config;
    this.#deps.log.info({ file: config.file, changed }, changeText(changed));
    try {
      this.#deps.onChange?.(config, changed);
    } catch (error) {
      this.#deps.log.error({ err: error }, "a change of the configuration could not be applied");
    }
    this.#publish(changed);
  }

  #report(file: string, error: unknown): void {
    const problem = errorMessage(error);
    if (problem === this.#reported) return;
    this.#reported = problem;
    this.#reloads.failed++;
    const { code, message } = configErrors.CONFIG_INVALID({ problem });
    this.#deps.log.error({ code, cause: errorCode(error), file }, message);
  }

  #publish(sections: readonly string[]): void {
    const config_json = redactedConfig(this.#current);
    if (config_json === undefined)
      this.#deps.log.warn(
        {},
        "the configuration is longer than 64 KiB as JSON: modules hear only what changed",
      );
    try {
      this.#deps.publish("ConfigLoaded", {
        changed_sections: [...sections],
        ...(config_json === undefined ? {} : { config_json }),
      });
    } catch (error) {
      // The bus may be closed by now.
      this.#deps.log.warn({ reason: errorMessage(error) }, "ConfigLoaded could not be published");
    }
  }
}

function changeText(changed: readonly string[]): string {
  const atRestart = changed.filter((section) => !section.startsWith("modules."));
  const later = atRestart.length === 0 ? "" : `; in force at the host's next start: ${atRestart.join(", ")}`;
  return `the configuration changed: ${changed.join(", ")}${later}`;
}
