import { defineErrors } from "../errors.js";

export const ipcErrors = defineErrors({
  /** A frame header announces no body. Closes the connection. */
  BAD_FRAME: (d: { bytes: number }) =>
    `frame header says ${d.bytes} bytes, a frame holds at least 1; send a 4-byte big-endian length and then the body`,
  /** A frame header announces more than the limit. Closes the connection before anything is allocated. */
  FRAME_TOO_LARGE: (d: { bytes: number; limitBytes: number }) =>
    `frame header says ${d.bytes} bytes, the limit is ${d.limitBytes}; send less at a time or raise ipc.max_frame_bytes`,
  /** A frame began and didn't end in time. Closes the connection. */
  SLOW_FRAME: (d: { receivedBytes: number; timeoutMs: number }) =>
    `a frame was still incomplete ${d.timeoutMs} ms after its first byte (${d.receivedBytes} bytes received), ` +
    "whole frames are due within that time; write each frame in one go",
  /** The first frame is no handshake that can be read. Closes the connection. */
  BAD_HANDSHAKE: (d: { found: string }) =>
    `the first frame is ${d.found}, allowed is the request Handshake ` +
    "{module_id, module_name, version, protocol: {min, max}, features, token?}; send it first",
  /** No handshake came in time. Closes the connection. */
  HANDSHAKE_TIMEOUT: (d: { timeoutMs: number }) =>
    `no handshake within ${d.timeoutMs} ms, one is due within that time; send Handshake as the first frame`,
  /** Another request came before the handshake. Closes the connection. */
  NOT_READY: (d: { type: string }) =>
    `request ${d.type} came before the handshake, only Handshake may come first; send Handshake and wait for its answer`,
  /** The handshake names another module than the one this door was opened for. Closes the connection. */
  IDENTITY_MISMATCH: (d: { field: string; expected: string }) =>
    `the handshake's ${d.field} is not that of this instance, ${d.expected} is expected; ` +
    "use MODULE_ID and MODULE_NAME of the environment and the version of module.toml",
  /** The handshake on the path carries no token, a wrong one, or one that was used. Closes the connection. */
  BAD_TOKEN: (d: { found: "no token" | "a wrong or used token" }) =>
    `the handshake on the path carries ${d.found}, a one-time token is needed; ` +
    "take it from the first line of standard input, BLVM_IPC_TOKEN, or the last HandshakeAck's resume_token",
  /** Host and module speak no common protocol version. Closes the connection. */
  VERSION_UNSUPPORTED: (d: { min: number; max: number; supportedMin: number; supportedMax: number }) =>
    `the module speaks protocol versions ${d.min} to ${d.max}, this host ${d.supportedMin} to ${d.supportedMax}; ` +
    "use an SDK that shares a version with the host",
  /** A body is not one message of the protocol. Answered; the third in a connection's life closes it. */
  DECODE_ERROR: (d: { found: string }) =>
    `the body is not a message: ${d.found}; allowed is one MessagePack array of ipc.md without duplicate keys, ` +
    "extension types, invalid UTF-8 or trailing bytes; mend the encoder",
  /** A body is deeper, larger or emptier than its counts claim. Answered; the third closes the connection. */
  LIMIT: (d: { what: string; found: number; limit: number }) =>
    `${d.what} is ${d.found}, at most ${d.limit} is allowed; send less at a time`,
  /** A message in the wrong direction, an answer to nothing, a second handshake. The hundredth closes. */
  PROTOCOL_ERROR: (d: { found: string; allowed: string }) =>
    `${d.found}; allowed: ${d.allowed}; mend the client or use the SDK`,
  /** More requests than the limit within one second. The connection stays. */
  RATE_LIMITED: (d: { limit: number; retry_after_ms: number }) =>
    `more than ${d.limit} requests within one second, ${d.limit} are allowed; try again in ${d.retry_after_ms} ms`,
  /** Too many requests without an answer, or too many bytes of them. The connection stays. */
  TOO_MANY_REQUESTS: (d: { open: number; limit: number; unit: "requests" | "bytes of requests" }) =>
    `${d.open} ${d.unit} are unanswered, at most ${d.limit} may be; wait for answers before sending more`,
  /** A request id that is still open was used again. The first request is unaffected. */
  DUPLICATE_ID: (d: { id: number }) =>
    `request id ${d.id} is still open, an id may be used by one open request; count ids upwards from 1`,
  /** The module reads no answers and goes on asking beyond its open requests. Closes the connection. */
  UNREAD_ANSWERS: (d: { bytes: number; limitBytes: number }) =>
    `${d.bytes} bytes of answers wait unread, at most ${d.limitBytes} may; read answers while sending requests`,
  /** An answer doesn't fit a frame. */
  ANSWER_TOO_LARGE: (d: { bytes: number; limitBytes: number }) =>
    `the answer takes ${d.bytes} bytes, a frame carries ${d.limitBytes}; ask for less at a time`,
  /** The host failed while it served a request. */
  INTERNAL_ERROR: (d: { type: string }) =>
    `the host failed while it served ${d.type}, an answer was due; see the host's log and report it`,
  /** The connection closed while calls were open on it, or before one began. */
  CONNECTION_CLOSED: (d: { reason: string }) =>
    `the connection is closed (${d.reason}), an open one is needed; connect anew`,
  /** No answer within the call's own deadline. */
  DEADLINE: (d: { call: string; timeoutMs: number }) =>
    `no answer to ${d.call} within ${d.timeoutMs} ms, one is due within that time; try again or allow more time`,
  /** The socket path is longer than the kernel takes. */
  SOCKET_PATH_TOO_LONG: (d: { path: string; bytes: number; limitBytes: number }) =>
    `socket path ${d.path} has ${d.bytes} bytes, the system takes ${d.limitBytes}; set modules.socket_dir to a shorter folder`,
  /** A client found neither descriptor 3 nor a socket path. */
  NO_DOOR: (d: { found: string }) =>
    `no way to the host: ${d.found}; allowed are BLVM_IPC_FD=3 or SOCKET_PATH; ` +
    "start the module through the host, or through `blvm-streams modules attach NAME`",
});
