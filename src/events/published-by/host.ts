import type { Publications } from "./publication.js";

/** What the host itself publishes, whatever its chain source. */
export const publishedByHost = {
  ModuleLoaded: "A module has connected and was accepted.",
  ModuleUnloaded: "A module that was loaded has ended and stays away.",
  ModuleReloaded: "A module was replaced by its reloaded self.",
  ModuleStarted: "A module's process was started.",
  ModuleStopped: "A module's process ended as it was told to.",
  ModuleCrashed: "A module's process ended by itself or was ended for a breach.",
  ModuleUpdated: "A reload brought another version of a module.",
  ModuleDiscovered: "A module, or another version of one, was found in a folder of modules.",
  ModuleHealthChanged: "A module's health changed.",
  ModuleStateChanged: "A module's state changed.",
  ConfigLoaded: "The host started, or its configuration file changed and was taken.",
  NodeStartupCompleted: "Everything of the host is open and the chain source has started.",
  NodeShutdown: "The host was told to end; modules are asked next.",
  NodeShutdownCompleted: "All modules have ended.",
  MaintenanceStarted: "Maintenance of the host's own files begins.",
  MaintenanceCompleted: "Maintenance of the host's own files has ended.",
  DataMaintenance: "Modules are asked to flush or to clean up.",
  HealthCheck: "The host looked at the health of its modules.",
  DiskSpaceLow: "The disk of the data directory has little room left.",
  ResourceLimitWarning: "A module came near one of its limits.",
} as const satisfies Publications;
