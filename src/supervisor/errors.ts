import { defineErrors } from "../errors.js";

/** What the supervisor refuses to do, and why. */
export const supervisorErrors = defineErrors({
  /** A folder of modules that can't be read. */
  MODULES_DIR_UNREADABLE: (d: { folder: string; reason: string }) =>
    `${d.folder} can't be read as a folder of modules (${d.reason}); create it or correct modules.modules_dir`,
  /** A folder holds more modules than one host looks at. */
  TOO_MANY_MODULES: (d: { folder: string; max: number }) =>
    `${d.folder} holds more than ${d.max} modules; the ones after the first ${d.max} in name order are left out: move some away`,
  /** Two directories claim the same module name; none of them is offered. */
  DUPLICATE_MODULE: (d: { name: string; directories: readonly string[] }) =>
    `module name ${d.name} is claimed by ${d.directories.join(" and ")}; a name may occur once: rename or remove all but one`,
  /** No file was found where a module's entry point may lie. */
  ENTRY_POINT_MISSING: (d: { module: string; lookedFor: readonly string[] }) =>
    `module ${d.module} has no file to run; looked for ${d.lookedFor.join(", ")}: build the module or correct entry_point`,
  /** Another living host holds the data directory. */
  DATA_DIR_IN_USE: (d: { dataDir: string; pid: number; lockFile: string }) =>
    `data directory ${d.dataDir} is in use by the host with pid ${d.pid}; one host per directory: stop that one, choose another data_dir, or, if pid ${d.pid} is no host, delete ${d.lockFile}`,
  /** The data directory of the host or of a module can't be made, or its lock can't be written, read or removed. */
  DATA_DIR_UNUSABLE: (d: { dataDir: string; reason: string }) =>
    `data directory ${d.dataDir} can't be used (${d.reason}); it must be a directory that this user may write, on a file system with hard links`,
  /** The host runs as root, and a module's data directory can't be given to the user whom modules run as. */
  DATA_DIR_FOREIGN: (d: { module: string; dataDir: string; user: string; reason: string }) =>
    `data directory ${d.dataDir} can't be given to ${d.user}, whom module ${d.module} runs as (${d.reason}); it must be a folder ` +
    `of root's or of that user's: move it away, or stop the module and run chown -hR ${d.user}: ${d.dataDir}`,
  /** The sockets' folder is not this host's own, or no socket can be made in it. */
  SOCKET_DIR_UNUSABLE: (d: { socketDir: string; reason: string }) =>
    `socket folder ${d.socketDir} can't be used (${d.reason}); a folder of this user is needed: set modules.socket_dir to one`,
  /** No module of that name is installed. */
  UNKNOWN_MODULE: (d: { name: string; nearest?: string | undefined; folders: readonly string[] }) =>
    `no module "${d.name}" is installed in ${d.folders.join(", ")}${d.nearest === undefined ? "" : `, the nearest is "${d.nearest}"`}; ` +
    "see `blvm-streams modules list`",
  /** The module is loaded already. */
  ALREADY_LOADED: (d: { name: string }) =>
    `module ${d.name} is loaded, a module is loaded once; unload or reload it`,
  /** The module is not loaded. */
  NOT_LOADED: (d: { name: string }) =>
    `module ${d.name} is not loaded, only a loaded module can be unloaded; load it first`,
  /** Another load, unload or attach of the same module is under way. */
  BUSY: (d: { name: string; operation: string }) =>
    `module ${d.name} is in the middle of ${d.operation}, one operation at a time is allowed; wait for it and try again`,
  /** The module's process ended, or didn't subscribe, before it was loaded. */
  MODULE_START_FAILED: (d: { module: string; reason: string }) =>
    `module ${d.module} did not start: it ${d.reason}; a module subscribes within ipc.start_timeout_ms: see its log lines above`,
  /** The manager is closing or closed. */
  MANAGER_CLOSED: (d: { operation: string }) =>
    `${d.operation} was asked of a host that is shutting down, a running one is needed; start the host again`,
  /** Nothing was ever counted for a module of that name. */
  NO_STATS: (d: { name: string; known: readonly string[] }) =>
    `nothing was ever counted for a module "${d.name}", there are statistics of ${d.known.length === 0 ? "no module yet" : d.known.join(", ")}; ` +
    "see `blvm-streams modules list`",
  /** Modules that a module needs are not installed. */
  DEP_MISSING: (d: {
    module: string;
    missing: readonly string[];
    nearest: readonly (string | undefined)[];
  }) =>
    `module ${d.module} needs ${d.missing.join(", ")}, which ${d.missing.length === 1 ? "is" : "are"} not installed` +
    `${d.nearest.some((name) => name !== undefined) ? ` (the nearest: ${d.nearest.filter((name) => name !== undefined).join(", ")})` : ""}; ` +
    "every name under [dependencies] must be an installed module: install it, or correct the name",
  /** A module that another needs is there in a version that doesn't fit. */
  DEP_UNFIT: (d: { module: string; dependency: string; version: string; range: string }) =>
    `module ${d.module} needs ${d.dependency} ${d.range}, found ${d.version}; install a version that fits or widen the range`,
  /** Modules that need one another in a circle. */
  DEP_CYCLE: (d: { module: string; path: readonly string[] }) =>
    `module ${d.module} stands in a circle of dependencies, ${d.path.join(" -> ")}; dependencies may form no circle: make one of them optional`,
  /** A module that this one needs can't be loaded or stopped. */
  DEP_FAILED: (d: { module: string; dependency: string; reason: string }) =>
    `module ${d.module} needs ${d.dependency}, which is not running (${d.reason}); a module runs only beside what it needs: mend ${d.dependency} first`,
  /** A chain of dependencies that is longer than a host follows. */
  DEP_CHAIN_TOO_LONG: (d: { module: string; limit: number }) =>
    `module ${d.module} stands at the end of a chain of more than ${d.limit} dependencies; at most ${d.limit} are allowed: shorten it`,
  /** The configuration keeps a module from being loaded. */
  MODULE_DISABLED: (d: { name: string }) =>
    `module ${d.name} is disabled by the configuration, only enabled modules are loaded at start; take it out of disabled_modules or add it to enabled_modules`,
  /** A reload found an older version than the one that runs. */
  DOWNGRADE_REFUSED: (d: { name: string; running: string; found: string }) =>
    `module ${d.name} runs in version ${d.running}, found ${d.found}; a module is replaced by the same or a newer version: install one, or set modules.allow_downgrade`,
  /** The new version of a module did not become ready. */
  MODULE_RELOAD_FAILED: (d: { name: string; version: string; reason: string; outcome: string }) =>
    `module ${d.name} could not be reloaded as version ${d.version}: ${d.reason}; a reload needs a version that becomes ready: ${d.outcome}`,
});
