import { type ModuleManifest, nodeName } from "../manifest/index.js";
import { supervisorErrors } from "./errors.js";
import { dependantsOf } from "./load-order.js";
import type { ModuleCrew } from "./module-crew.js";
import type { ModuleLives } from "./module-lives.js";

/** Who runs now, and who needs whom among them. */
export class RunningModules {
  readonly #crew: Pick<ModuleCrew, "all" | "get">;
  readonly #lives: Pick<ModuleLives, "rootReasonOf">;

  constructor(crew: Pick<ModuleCrew, "all" | "get">, lives: Pick<ModuleLives, "rootReasonOf">) {
    this.#crew = crew;
    this.#lives = lives;
  }

  /** Loaded, and not on its way out. */
  isUp(name: string): boolean {
    const instance = this.#crew.get(name);
    return instance?.isLoaded === true && !instance.isStopping;
  }

  /** All that run and need a module, directly or through others, each before whatever it needs itself. */
  dependantsOf(name: string): string[] {
    return dependantsOf(
      name,
      [...this.#crew.all()].map(({ module }) => module.manifest),
    );
  }

  /**
   * Whether all that a module needs runs and fits.
   * @throws DEP_FAILED, DEP_UNFIT
   */
  requireFor(manifest: Pick<ModuleManifest, "name" | "dependencies">): void {
    for (const [dependency, range] of manifest.dependencies) {
      if (dependency === nodeName) continue;
      const instance = this.#crew.get(dependency);
      if (instance === undefined || !this.isUp(dependency)) {
        const reason = this.#lives.rootReasonOf(dependency) ?? "it is not loaded";
        throw supervisorErrors.DEP_FAILED({ module: manifest.name, dependency, reason });
      }
      const { version } = instance.module.manifest;
      if (!range.includes(version))
        throw supervisorErrors.DEP_UNFIT({ module: manifest.name, dependency, version, range: range.text });
    }
  }
}
