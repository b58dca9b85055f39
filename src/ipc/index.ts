export { HOST_BODY_LIMITS, MODULE_BODY_LIMITS } from "./body-scanner.js";
export { errorFromWire, isFromPeer } from "./call-table.js";
export { type Codec, createMessagePackCodec } from "./codec.js";
export { dialDescriptor, dialPath, reconnectDelayMs } from "./dial.js";
export { ipcErrors } from "./errors.js";
export { createEventEncoder } from "./event-encoder.js";
export { FrameDecoder } from "./frame-decoder.js";
export { FEATURES, type HandshakeAck, type HandshakeRequest, PROTOCOL } from "./handshake.js";
export { type Greeter, HostEnd, type HostEndDependencies } from "./host-end.js";
export type { CloseReason, HostEndHandlers } from "./host-end-handlers.js";
export type { IncomingRequest } from "./incoming-requests.js";
export {
  type HandlerTimings,
  type InvocationKind,
  type LogLevel,
  MESSAGE_KIND,
  type Message,
  parseMessage,
} from "./messages.js";
export { ModuleEnd, type ModuleEndDependencies, type ModuleEndHandlers } from "./module-end.js";
export {
  type Door,
  ModuleEndpoint,
  type ModuleEndpointHooks,
  type ModuleEndpointOptions,
  type ModuleIdentity,
} from "./module-endpoint.js";
export { type IpcOptions, type IpcOptionsInput, ipcOptions } from "./options.js";
export { TrafficBooks } from "./traffic-books.js";
export { socketTransport, type Transport } from "./transport.js";
