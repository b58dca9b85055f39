const ignoredNames: ReadonlySet<string> = new Set(["node_modules", "4913"]);
const ignoredForm = /^\.|~$|^#.*#$|\.(swp|swx|tmp|bak|orig|log)$|___jb_(tmp|old)___$/;
const cargoLeftovers = /(^|\/)target\/[^/]+\/(incremental|deps|build|examples)$/;

/**
 * Whether a file or directory says nothing about a module: dot files, `node_modules`, what editors leave for a moment,
 * logs, and cargo's intermediate files. `path` is relative, with `/` between its parts; only its end is looked at.
 */
export function isIgnoredPath(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return ignoredNames.has(name) || ignoredForm.test(name) || cargoLeftovers.test(path);
}
