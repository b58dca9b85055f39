export type { Caller, ChainView, Method, ModuleInfoRecord, NodeApiDependencies } from "./method.js";
export { createNodeApi, methods, type ServeRequest } from "./node-api.js";
