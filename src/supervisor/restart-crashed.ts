import { errorCode, errorMessage } from "../errors.js";
import type { Logger } from "../log.js";
import { loadInOrder } from "./auto-load.js";
import type { CrashRestarts } from "./crash-restarts.js";
import type { Discovery } from "./discovery.js";
import type { ModuleLives } from "./module-lives.js";
import type { OperationLocks } from "./operation-locks.js";
import type { StoppedWith } from "./stopped-with.js";

export interface RestartDependencies {
  readonly log: Logger;
  readonly lives: Pick<ModuleLives, "enter" | "refuse">;
  readonly locks: Pick<OperationLocks, "free" | "operationOn">;
  readonly restarts: Pick<CrashRestarts, "isWanted" | "isDue">;
  readonly stoppedWith: StoppedWith;
  /** Loads the crashed module, as the operation `restart`. @throws what loading throws */
  readonly load: (name: string) => Promise<void>;
  readonly discover: () => Promise<Discovery>;
  /** Loads one that was stopped with it. @throws what loading throws */
  readonly loadAgain: (name: string) => Promise<void>;
  readonly isUp: (name: string) => boolean;
}

/**
 * Starts a crashed module again when all that was stopped with it is gone, and then that as well. One that needs another
 * crashed module waits for it and comes back with it. Never rejects.
 */
export async function restartCrashed(deps: RestartDependencies, name: string): Promise<void> {
  const { log, lives, restarts, stoppedWith } = deps;
  // What crashed may not have ended for whoever loaded it.
  await deps.locks.free(name);
  await stoppedWith.gone(name);
  if (!restarts.isWanted(name)) return;
  try {
    await loadBesideReload(deps, name);
  } catch (error) {
    const reason = errorMessage(error);
    const awaited = comesBackWith(deps, error);
    if (awaited !== undefined) {
      stoppedWith.join(awaited, name);
      log.warn({ module: name, reason }, `module is started again when ${awaited} is`);
      return;
    }
    log.error({ module: name, reason }, "module could not be started again");
    // How a process ended was told already, and says more.
    if (!["MODULE_START_FAILED", "MANAGER_CLOSED", "ALREADY_LOADED"].includes(errorCode(error) ?? ""))
      lives.enter(name, "Error", `it could not be started again: ${reason}`);
    return;
  }
  await bringBack(deps, stoppedWith.take(name));
}

/** What it needs may be down for the time of a reload, which is no reason to stay down. */
async function loadBesideReload({ load, locks }: RestartDependencies, name: string): Promise<void> {
  try {
    await load(name);
  } catch (error) {
    const dependency = missingDependency(error);
    if (dependency === undefined || locks.operationOn(dependency) !== "reload") throw error;
    await locks.free(dependency);
    await load(name);
  }
}

async function bringBack(deps: RestartDependencies, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const { log, lives, isUp, loadAgain: load } = deps;
  const { modules } = await deps.discover();
  const fail = (name: string, error: unknown) => lives.refuse(name, error);
  await loadInOrder(
    { log, load, fail, isUp, isOnDemand: () => false },
    { modules, failures: [] },
    { enabledModules: names },
  );
}

/** The crashed module that comes back and with it what was missing; undefined when nobody is to be waited for. */
function comesBackWith({ locks, restarts, stoppedWith }: RestartDependencies, error: unknown) {
  const dependency = missingDependency(error);
  if (dependency === undefined) return undefined;
  const crashed = stoppedWith.crashedOf(dependency) ?? dependency;
  return restarts.isDue(crashed) || locks.operationOn(crashed) === "restart" ? crashed : undefined;
}

function missingDependency(error: unknown): string | undefined {
  if (errorCode(error) !== "DEP_FAILED") return undefined;
  return (error as { readonly details: { readonly dependency: string } }).details.dependency;
}
