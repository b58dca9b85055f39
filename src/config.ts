export { type Config, type ConfigInput, settingsOf } from "./config/host-config.js";
export { LiveConfig, type LiveConfigDependencies } from "./config/live-config.js";
export { type LoadConfigOptions, loadConfig, parseConfig } from "./config/load-config.js";
export type { LogOptions } from "./config/log-options.js";
export type { ModuleSettings } from "./config/module-settings.js";
export { placeInConfig } from "./config/places.js";
export { type ConfigKey, type ConfigSection, configReference } from "./config/reference.js";
