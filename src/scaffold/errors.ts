import { defineErrors } from "../errors.js";

/** What making and bundling a module can fail with. */
export const scaffoldErrors = defineErrors({
  /** A new module can't have that name. */
  SCAFFOLD_BAD_NAME: (d: { name: string; problem: string }) =>
    `${JSON.stringify(d.name)} is no name for a module (${d.problem}); 1 to 64 characters of a-z, 0-9 and -, starting with a letter or digit, are allowed: choose another one`,
  /** Where the new module should go there is something already. */
  SCAFFOLD_TARGET_EXISTS: (d: { directory: string; found: string }) =>
    `${d.directory} is ${d.found}; a new module needs a folder that doesn't exist or is empty: choose another one with --dir`,
  /** The new module's files can't be written; nothing of it is left. */
  SCAFFOLD_UNWRITABLE: (d: { directory: string; reason: string }) =>
    `${d.directory} can't be written (${d.reason}); a folder that this user may write is needed: choose another one with --dir`,
  /** A module has no source that its entry point could be made of. */
  BUNDLE_NO_SOURCE: (d: { directory: string; lookedFor: readonly string[] }) =>
    `${d.directory} has no source to bundle; looked for ${d.lookedFor.join(", ")}: name the source like the entry point in module.toml`,
  /** The bundler refused a module's source, or its output can't be written. */
  BUNDLE_FAILED: (d: { directory: string; problems: readonly string[]; total: number }) =>
    `${d.directory} can't be bundled into one file; correct this:\n${d.problems.map((problem) => `  ${problem}`).join("\n")}` +
    (d.total > d.problems.length ? `\n  and ${d.total - d.problems.length} more` : ""),
  /** A script of the user's can't be compiled or throws while it is loaded. */
  SCRIPT_UNLOADABLE: (d: { file: string; reason: string }) =>
    `${d.file} can't be loaded (${d.reason}); an ES module or TypeScript that runs under node is needed: mend it`,
  /** A module that was to be run in a host of its own did not load there. */
  RUN_NOT_LOADED: (d: { name: string; reason: string }) =>
    `${d.name} did not load (${d.reason}), a module that is run has to; mend it, or have every new version tried with --watch`,
});
