/** Module names that get a label value of their own. */
const MAX_MODULES = 64;
const OTHER = "other";

/**
 * The `module` label of a module name. The first 64 names keep theirs for ever, so that a counter never jumps
 * from one series to another; all later names share `other`.
 */
export class ModuleLabels {
  readonly #names = new Set<string>();

  of(moduleName: string): string {
    if (this.#names.has(moduleName)) return moduleName;
    if (this.#names.size >= MAX_MODULES) return OTHER;
    this.#names.add(moduleName);
    return moduleName;
  }
}
