import type { ModulePipeline } from "../bus/index.js";
import { errorMessage } from "../errors.js";
import type { Logger } from "../log.js";
import { compareVersions } from "../manifest/index.js";
import { supervisorErrors } from "./errors.js";
import type { KeptModules } from "./kept-modules.js";
import { dependantsOf } from "./load-order.js";
import type { ModuleCrew } from "./module-crew.js";
import type { ModuleInstance } from "./module-instance.js";
import type { ModuleLives } from "./module-lives.js";
import type { PreparedModule } from "./prepared-module.js";

export interface ReloadDependencies {
  readonly crew: ModuleCrew;
  readonly lives: ModuleLives;
  readonly log: Logger;
  readonly prepare: (name: string) => Promise<PreparedModule>;
  /** Whether what a prepared module needs is running and fits. @throws the problem */
  readonly requireDependencies: (prepared: PreparedModule) => void;
  /** @throws MANAGER_CLOSED when the host shuts down */
  readonly requireOpen: () => void;
  /** Has these to itself as well. @throws BUSY */
  readonly alsoHold: (names: readonly string[]) => void;
  /** Nobody takes a held pipeline any more. */
  readonly dropPipeline: (pipeline: ModulePipeline) => void;
  /** Where what an instance was prepared from lies beyond the instance's end. */
  readonly kept: KeptModules;
  readonly allowDowngrade: boolean;
}

interface Predecessor {
  readonly name: string;
  readonly version: string;
  readonly prepared: PreparedModule;
  readonly heldPipeline: ModulePipeline | undefined;
}

/**
 * Replaces a running module by what lies in its folder now, and starts its dependants anew around it.
 *
 * - The new version is checked and verified before anything is stopped; refused, it leaves all as it was.
 * - Loss: events wait from the old version's last to the new one's first. What the old one left unacknowledged is
 *   failed and told to the new one as a gap (reload). Nothing is delivered twice.
 * - A new version that doesn't become ready gives way to the old one, and the reload fails.
 *
 * @see delivery.md, "Reload without loss"
 */
export async function reloadModule(deps: ReloadDependencies, running: ModuleInstance): Promise<void> {
  const { crew, lives } = deps;
  const { name } = running;
  // Kept from here on: it may crash while the new version is looked at, and must have a way back all the same.
  const prepared = crew.preparedOf(running);
  if (prepared === undefined) throw supervisorErrors.NOT_LOADED({ name });
  deps.kept.keep(prepared);
  let next: PreparedModule | undefined;
  let dependantNames: readonly string[];
  try {
    next = await deps.prepare(name);
    deps.requireOpen();
    refuseDowngrade(running, next, deps.allowDowngrade);
    deps.requireDependencies(next);
    // Others may have been loaded meanwhile.
    dependantNames = dependantsOf(
      name,
      [...crew.all()].map(({ module }) => module.manifest),
    );
    deps.alsoHold(dependantNames);
  } catch (error) {
    await next?.dispose();
    await deps.kept.letGo(prepared, crew.get(name) === running);
    throw error;
  }
  const dependants: Predecessor[] = [];
  for (const dependant of dependantNames) {
    const instance = crew.get(dependant);
    const itsOwn = instance === undefined ? undefined : crew.preparedOf(instance);
    if (instance !== undefined && itsOwn !== undefined)
      dependants.unshift(await takeDown(deps, instance, itsOwn));
  }
  const old = await takeDown(deps, running, prepared);
  try {
    await replace(deps, old, next);
    const { version } = next.module.manifest;
    lives.tell("ModuleReloaded", { module_name: name, old_version: old.version, new_version: version });
    if (version !== old.version)
      lives.tell("ModuleUpdated", { module_name: name, old_version: old.version, new_version: version });
  } finally {
    for (const dependant of dependants) await putBack(deps, dependant);
  }
}

function refuseDowngrade(running: ModuleInstance, next: PreparedModule, allowDowngrade: boolean): void {
  const { name, version: runs } = running.module.manifest;
  const { version: found } = next.module.manifest;
  if (allowDowngrade || compareVersions(found, runs) >= 0) return;
  throw supervisorErrors.DOWNGRADE_REFUSED({ name, running: runs, found });
}

async function takeDown(
  deps: ReloadDependencies,
  instance: ModuleInstance,
  prepared: PreparedModule,
): Promise<Predecessor> {
  deps.kept.keep(prepared);
  // One that crashed meanwhile has told its end.
  if (deps.crew.get(instance.name) === instance) await deps.crew.stop(instance, "reload");
  return {
    name: instance.name,
    version: instance.module.manifest.version,
    prepared,
    heldPipeline: instance.heldPipeline,
  };
}

async function replace(deps: ReloadDependencies, old: Predecessor, next: PreparedModule): Promise<void> {
  const { crew, lives, log } = deps;
  const { name, heldPipeline } = old;
  try {
    await startAgain(deps, next, heldPipeline);
    await deps.kept.letGo(old.prepared);
    return;
  } catch (cause) {
    await next.dispose();
    const reason = errorMessage(cause);
    const fail = (outcome: string) =>
      supervisorErrors.MODULE_RELOAD_FAILED(
        { name, version: next.module.manifest.version, reason, outcome },
        { cause },
      );
    const giveUp = async (outcome: string) => {
      if (heldPipeline?.isHeld === true) deps.dropPipeline(heldPipeline);
      await deps.kept.letGo(old.prepared);
      const error = fail(outcome);
      lives.enter(name, "Error", error.message);
      return error;
    };
    const endWithHost = async () => {
      if (heldPipeline?.isHeld === true) deps.dropPipeline(heldPipeline);
      await deps.kept.letGo(old.prepared);
      lives.enter(name, "Stopped");
      return supervisorErrors.MANAGER_CLOSED({ operation: `reload of ${name}` }, { cause });
    };
    if (crew.isShut) throw await endWithHost();
    const { codeAfterUpdate } = old.prepared;
    if (codeAfterUpdate === undefined)
      throw await giveUp("its old version ran in place and is gone: mend the module and load it");
    log.error({ module: name, reason }, `reload failed, version ${old.version} is started again`);
    try {
      const again = { ...old.prepared, ...codeAfterUpdate };
      await startAgain(deps, again, heldPipeline?.isHeld === true ? heldPipeline : undefined);
    } catch (error) {
      if (crew.isShut) throw await endWithHost();
      throw await giveUp(`version ${old.version} did not start again either (${errorMessage(error)})`);
    }
    // From here on what runs again gives it back.
    await deps.kept.letGo(old.prepared, true);
    throw fail(`version ${old.version} runs again`);
  }
}

/** What it needs may have crashed since it was last looked at: before its start, or while it was on its way. */
async function startAgain(
  { crew, requireDependencies }: ReloadDependencies,
  prepared: PreparedModule,
  heldPipeline: ModulePipeline | undefined,
): Promise<void> {
  requireDependencies(prepared);
  const started = await crew.start(prepared, heldPipeline);
  if (!started.isStopping) return;
  await started.ended;
  throw supervisorErrors.MODULE_START_FAILED({ module: started.name, reason: "it was stopped meanwhile" });
}

/** Starts a dependant again; what fails there is that module's alone. */
async function putBack(deps: ReloadDependencies, dependant: Predecessor): Promise<void> {
  const { crew, lives, log } = deps;
  const { name, heldPipeline } = dependant;
  let prepared: PreparedModule | undefined;
  try {
    deps.requireOpen();
    prepared = await deps.prepare(name);
    await startAgain(deps, prepared, heldPipeline);
  } catch (error) {
    await prepared?.dispose();
    if (heldPipeline?.isHeld === true) deps.dropPipeline(heldPipeline);
    if (crew.isShut) {
      lives.enter(name, "Stopped");
      return;
    }
    const reason = errorMessage(error);
    log.error({ module: name, reason }, "module could not be started again after what it needs was reloaded");
    lives.enter(name, "Error", reason);
  } finally {
    await deps.kept.letGo(dependant.prepared);
  }
}
