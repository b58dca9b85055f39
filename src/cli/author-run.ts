import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { SchedulerLike, Subscription } from "rxjs";
import { monotonicScheduler } from "../clock.js";
import { type ConfigInput, loadConfig } from "../config.js";
import { errorCode, errorMessage } from "../errors.js";
import type { Host } from "../host.js";
import { type StagedModule, scaffoldErrors, stageModule } from "../scaffold/index.js";
import { TreeWatcher } from "../supervisor/index.js";
import { authorLog } from "./author-log.js";
import { type DeliveryReading, deliveryLine, latencyBuckets } from "./delivery-line.js";
import { type Output, print } from "./output.js";

export interface AuthorRunOptions {
  /** The module's own folder. */
  readonly path: string;
  /** A folder of the caller's for all that the run writes. */
  readonly folder: string;
  readonly configFile: string | undefined;
  readonly isWatching: boolean;
  readonly scheduler?: SchedulerLike;
}

/** Saves that come so close to one another are one. */
const QUIET_MS = 150;
const REPORT_EACH_MS = 1000;

/**
 * One module in a host of its own, for its author: bundled, loaded, reported about, and with `isWatching` bundled and
 * reloaded whenever its files change. What is wrong with a new version is printed, and the old one goes on.
 * Owns the host and the watcher; close it.
 */
export class AuthorRun {
  readonly #options: AuthorRunOptions;
  readonly #output: Output;
  readonly #scheduler: SchedulerLike;
  readonly #modulesDir: string;
  #host: Host | undefined;
  #watcher: TreeWatcher | undefined;
  #reports: Subscription | undefined;
  #staged: StagedModule | undefined;
  #reading: DeliveryReading | undefined;
  #isClosing = false;

  constructor(options: AuthorRunOptions, output: Output) {
    this.#options = options;
    this.#output = output;
    this.#scheduler = options.scheduler ?? monotonicScheduler;
    this.#modulesDir = join(options.folder, "modules");
  }

  /**
   * Resolves when the module runs; when it is watched, also when it can't run yet.
   * @throws RUN_NOT_LOADED, and what manifest, bundling, configuration and host provoke
   */
  async start(): Promise<void> {
    let onReady = () => {};
    const ready = new Promise<void>((resolve) => {
      onReady = resolve;
    });
    try {
      // Before anything is read: what is saved while the module starts is seen.
      if (this.#options.isWatching) await this.#watch(ready);
      await this.#begin();
    } finally {
      onReady();
    }
  }

  async #watch(ready: Promise<void>): Promise<void> {
    const watcher = new TreeWatcher({
      directory: this.#options.path,
      isIgnored: (inner) => inner === this.#staged?.builtFolder,
      debounceMs: QUIET_MS,
      log: authorLog(this.#output, { moduleName: () => undefined }),
      scheduler: this.#scheduler,
      onChanged: () => ready.then(() => this.#update()),
    });
    this.#watcher = watcher;
    await watcher.start();
  }

  async #begin(): Promise<void> {
    const { isWatching, configFile, folder } = this.#options;
    await mkdir(this.#modulesDir, { recursive: true });
    try {
      this.#staged = await this.#stage();
    } catch (error) {
      if (!isWatching) throw error;
      await this.#say(errorMessage(error));
    }
    const overrides: ConfigInput = {
      // Real blocks, as fast as somebody who waits for the first event would like.
      ...(configFile === undefined ? { chain: { source: "replay" as const } } : {}),
      http: { port: 0 },
      sandbox: { mode: "off" },
      modules: {
        modules_dir: this.#modulesDir,
        data_dir: join(folder, "data"),
        allow_downgrade: true,
        allow_untested: true,
        // What is bundled here nobody has signed.
        require_signatures: false,
      },
    };
    // Without a file of its own it has none: the one that lies here is another host's.
    const cwd = configFile === undefined ? folder : ".";
    const config = await loadConfig({ file: configFile, overrides, cwd });
    // Loaded here, so that no other command pays for the whole engine.
    const { createHost } = await import("../host.js");
    this.#host = createHost(config, {
      log: authorLog(this.#output, { moduleName: () => this.#staged?.name }),
    });
    await this.#host.start();
    await this.#sayWhetherItRuns(isWatching);
    this.#reportEach();
    if (!isWatching || this.#isClosing) return;
    await this.#say("it is bundled and reloaded when its files change");
  }

  /** Stops the module and the host in order. Idempotent. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#reports?.unsubscribe();
    const host = this.#host;
    await Promise.all([this.#watcher?.close(), host?.close("signal")]);
  }

  /** Kills what runs, at once. */
  kill(): void {
    this.#host?.kill();
  }

  async #stage(): Promise<StagedModule> {
    const staged = await stageModule(this.#options.path, this.#modulesDir);
    for (const warning of staged.warnings) await this.#say(warning);
    return staged;
  }

  /** Never rejects: what is wrong is printed. */
  async #update(): Promise<void> {
    const host = this.#host;
    if (this.#isClosing || host === undefined) return;
    const startMs = this.#scheduler.now();
    const before = this.#staged;
    let didStop = false;
    try {
      const staged = await this.#stage();
      const isSame = staged.contentHash !== undefined && staged.contentHash === before?.contentHash;
      if (isSame && this.#isLoaded(staged.name)) return;
      this.#staged = staged;
      didStop = true;
      await this.#replace(host, before?.name, staged.name);
      const tookMs = Math.round(this.#scheduler.now() - startMs);
      await this.#say(`${staged.name} ${staged.version} is reloaded, in ${tookMs} ms`);
    } catch (error) {
      if (this.#isClosing) return;
      const name = before?.name;
      const goesOn = name !== undefined && this.#isLoaded(name) && !didStop;
      await this.#say(`${errorMessage(error)}${goesOn ? `\n${name} goes on as it was` : ""}`);
    }
  }

  async #replace(host: Host, oldName: string | undefined, name: string): Promise<void> {
    if (oldName !== undefined && oldName !== name && this.#isLoaded(oldName))
      await host.modules.unloadModule(oldName);
    try {
      await host.modules.reloadModule(name);
    } catch (error) {
      if (errorCode(error) !== "NOT_LOADED") throw error;
      await host.modules.loadModule(name);
    }
  }

  #isLoaded(name: string): boolean {
    return this.#host?.modules.loadedModules.some((module) => module.name === name) ?? false;
  }

  async #sayWhetherItRuns(isWatching: boolean): Promise<void> {
    const host = this.#host;
    const staged = this.#staged;
    if (host === undefined || staged === undefined) return;
    const { name, version } = staged;
    const row = (await host.modules.listModules()).find((module) => module.name === name);
    if (this.#isLoaded(name)) {
      await this.#say(
        `${name} ${version} runs (pid ${row?.pid}); the host's metrics: ${host.httpUrl}/metrics; Ctrl-C ends it`,
      );
      return;
    }
    if (!isWatching)
      throw scaffoldErrors.RUN_NOT_LOADED({ name, reason: row?.reason ?? `state ${row?.state}` });
  }

  #reportEach(): void {
    if (this.#isClosing) return;
    this.#reports = this.#scheduler.schedule(() => {
      void this.#report()
        .catch(() => {})
        .then(() => this.#reportEach());
    }, REPORT_EACH_MS);
  }

  async #report(): Promise<void> {
    const name = this.#staged?.name;
    const host = this.#host;
    if (name === undefined || host === undefined) return;
    const stats = host.delivery.getDeliveryStats(name);
    if (stats === undefined || stats.matched + stats.delivered === 0) return;
    const response = await fetch(`${host.httpUrl}/metrics`, { signal: AbortSignal.timeout(REPORT_EACH_MS) });
    const reading = { stats, latency: latencyBuckets(await response.text(), name) };
    const line = deliveryLine(name, this.#reading, reading);
    this.#reading = reading;
    if (line !== undefined && !this.#isClosing) await this.#say(line);
  }

  async #say(text: string): Promise<void> {
    await print(this.#output, text.replace(/^/gm, "-- ").concat("\n"));
  }
}
