export { bareDependencies } from "./bare-dependencies.js";
export {
  type Caller,
  type ChainView,
  type KeepingLimits,
  type ModuleDirectory,
  type ModuleInfoRecord,
  type NodeApiDependencies,
  noModules,
} from "./dependencies.js";
export { createNodeApi, type NodeApi, type ServeRequest } from "./node-api.js";
