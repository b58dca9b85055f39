import { EngineError, errorMessage } from "../errors.js";
import type { Logger } from "../log.js";
import type { Discovery } from "./discovery.js";
import { supervisorErrors } from "./errors.js";
import { hardDependencies, planLoad } from "./load-order.js";

/** The outcome of loading several modules, by module name. */
export interface AutoLoadResult {
  /** In load order. */
  readonly loaded: readonly string[];
  readonly failed: readonly { readonly name: string; readonly error: unknown }[];
}

export interface AutoLoadDependencies {
  readonly log: Logger;
  readonly isOnDemand: (name: string) => boolean;
  readonly load: (name: string) => Promise<void>;
  /** The module can't be loaded, and nothing of it was tried. */
  readonly fail: (name: string, error: unknown) => void;
  /** It runs already, and need not be loaded. */
  readonly isUp?: (name: string) => boolean;
}

export interface AutoLoadChoice {
  /** Default: all that are installed. */
  readonly enabledModules?: readonly string[] | undefined;
  readonly disabledModules?: readonly string[];
}

/**
 * Loads what is chosen, each module as soon as what it needs is loaded, all others side by side. A module that fails
 * takes those down that need it, each with its reason, and nobody else. Never rejects.
 */
export async function loadInOrder(
  deps: AutoLoadDependencies,
  { modules, failures }: Discovery,
  { enabledModules, disabledModules = [] }: AutoLoadChoice,
): Promise<AutoLoadResult> {
  const { log, load, isOnDemand, isUp = () => false } = deps;
  for (const { directory, error } of failures)
    log.error({ directory, code: codeOf(error) }, `module left out: ${errorMessage(error)}`);
  const manifests = new Map(modules.map(({ manifest }) => [manifest.name, manifest]));
  for (const name of enabledModules ?? [])
    if (!manifests.has(name)) log.error({ module: name }, "module is enabled and not installed");
  const isChosen = (name: string) =>
    (enabledModules?.includes(name) ?? true) && !disabledModules.includes(name);
  const excluded = new Map<string, EngineError>();
  for (const name of manifests.keys())
    if (!isChosen(name) && !isUp(name)) excluded.set(name, supervisorErrors.MODULE_DISABLED({ name }));
  const { order, problems } = planLoad([...manifests.values()], excluded);

  const failed: { name: string; error: unknown }[] = [];
  const note = (name: string, error: unknown) => {
    failed.push({ name, error });
    log.error({ module: name, code: codeOf(error) }, errorMessage(error));
  };
  for (const [name, error] of problems) {
    if (!isChosen(name)) continue;
    deps.fail(name, error);
    note(name, error);
  }
  const wanted = order.filter((name) => isChosen(name) && !isOnDemand(name) && !isUp(name));
  const loading = new Map<string, Promise<void>>();
  for (const name of wanted) {
    const manifest = manifests.get(name);
    if (manifest === undefined) continue;
    const before = hardDependencies(manifest).flatMap((each) => loading.get(each) ?? []);
    const beforeIfPossible = [...manifest.optionalDependencies.keys()].flatMap(
      (each) => loading.get(each) ?? [],
    );
    loading.set(
      name,
      (async () => {
        await Promise.allSettled([...before, ...beforeIfPossible]);
        // What it needs and is not there refuses it with the reason.
        await load(name);
      })(),
    );
  }
  const outcomes = await Promise.allSettled(loading.values());
  const loaded = [...loading.keys()].filter((name, n) => {
    const outcome = outcomes[n];
    if (outcome?.status !== "rejected") return true;
    note(name, outcome.reason);
    return false;
  });
  return { loaded, failed };
}

function codeOf(error: unknown): string | undefined {
  return error instanceof EngineError ? error.code : undefined;
}
