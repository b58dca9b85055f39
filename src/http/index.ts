export type { Health } from "./health.js";
export { createHttpServer, type HttpServer, type HttpServerDependencies } from "./http-server.js";
export { type HttpOptions, type HttpOptionsInput, httpOptions } from "./options.js";
