export { bareDependencies } from "./bare-dependencies.js";
export type { CliCommands } from "./cli/cli-commands.js";
export {
  type Caller,
  type ChainView,
  type KeepingLimits,
  type ModuleDirectory,
  type ModuleInfoRecord,
  type NodeApiDependencies,
  noModules,
} from "./dependencies.js";
export { nodeApiErrors } from "./errors.js";
export { createNodeApi, type NodeApi, type ServeRequest } from "./node-api.js";
export {
  type ChainControlName,
  type CoreRpcMethod,
  chainControlNames,
  coreRpcMethods,
} from "./rpc/core-names.js";
export type { OfferedMethod, OfferedMethods } from "./rpc/rpc-offers.js";
