export type { Health } from "./health.js";
export { createHttpServer, type HttpServer, type HttpServerDependencies } from "./http-server.js";
export { type HttpOptions, type HttpOptionsInput, httpOptions } from "./options.js";
export type {
  PageAnswer,
  PageHistogram,
  PageModule,
  PageState,
  PageStream,
} from "./page/page-messages.js";
export type { LaneReading, PageOffer, PageSource } from "./page/page-offer.js";
export type { ChainDecoding } from "./rpc/block-answers.js";
export { type CoreMethodDependencies, coreMethods } from "./rpc/core-methods.js";
export { type ModuleManagement, moduleMethods } from "./rpc/module-methods.js";
export type { RpcOffer } from "./rpc/rpc-door.js";
export { type RpcMethod, type RpcMethods, rpcMethod } from "./rpc/rpc-method.js";
export { callByText } from "./rpc/text-call.js";
