export { type CallOptions, type ControlClient, connectControl } from "./control-client.js";
export type { ControlServerDependencies } from "./control-connection.js";
export { type ControlMethod, controlMethod } from "./control-method.js";
export { type ControlServer, type ControlServerOptions, createControlServer } from "./control-server.js";
export { type HostFile, readHostFile } from "./host-file.js";
export type { TapItem, TappedItem, TappedStep } from "./tap.js";
