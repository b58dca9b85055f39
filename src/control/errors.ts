import { defineErrors } from "../errors.js";

/** What goes wrong between a command and the running host. */
export const controlErrors = defineErrors({
  /** No host answers in the data directory. */
  HOST_NOT_RUNNING: (d: { dataDir: string; reason: string }) =>
    `no host is running on data directory ${d.dataDir} (${d.reason}); start one with \`blvm-streams up\`, ` +
    "or name its directory with --data-dir or --config",
  /** A host's door is there, but this user may not open it. */
  HOST_DOOR_DENIED: (d: { dataDir: string; user: string }) =>
    `data directory ${d.dataDir} and the host's door in it are closed to ${d.user}; only the user whom the host runs ` +
    "as may ask it: run the command as that user, or name another directory with --data-dir or --config",
  /** The host closed the connection while an answer was awaited. */
  CONTROL_CLOSED: (d: { method: string }) =>
    `the host closed the connection before it answered ${d.method}; it has stopped or was killed: look at its log`,
  /** The host did not answer in time. */
  CONTROL_TIMEOUT: (d: { method: string; timeoutMs: number }) =>
    `the host did not answer ${d.method} within ${d.timeoutMs} ms; it is busy or suspended: try again`,
  /** A line that is no JSON-RPC 2.0 request. */
  CONTROL_BAD_REQUEST: (d: { problem: string }) =>
    `${d.problem}; one JSON-RPC 2.0 request a line is expected: {"jsonrpc":"2.0","id":1,"method":"stats"}`,
  /** A line longer than any request. The connection is closed. */
  CONTROL_LINE_TOO_LONG: (d: { limitBytes: number }) =>
    `a line holds more than ${d.limitBytes} bytes; send shorter requests, each on its own line`,
  /** The control door has no such method. */
  CONTROL_UNKNOWN_METHOD: (d: { method: string; nearest?: string | undefined; methods: readonly string[] }) =>
    `there is no method ${JSON.stringify(d.method)}${d.nearest === undefined ? "" : `, did you mean ${d.nearest}?`} ` +
    `Methods: ${d.methods.join(", ")}`,
  /** The parameters of a method don't have the form that it takes. */
  CONTROL_INVALID_PARAMS: (d: { method: string; field: string; problem: string }) =>
    `${d.method}: ${d.field}: ${d.problem}; correct the parameters`,
  /** A tap names an event type that the catalogue does not hold. */
  CONTROL_UNKNOWN_EVENT_TYPE: (d: { type: string; nearest?: string | undefined }) =>
    `event type ${JSON.stringify(d.type)} is not in the catalogue${d.nearest === undefined ? "" : `, did you mean ${d.nearest}?`} ` +
    "See `blvm-streams events list`",
  /** A tap on a step of a stream, where no streams run. */
  CONTROL_NO_STREAMS: (_: Record<string, never>) =>
    "this host runs no streams, so none can be tapped; set streams.dir",
  /** A connection carries one tap. */
  CONTROL_TAP_OPEN: (_: Record<string, never>) =>
    "this connection has a tap already; one per connection is possible: open another connection",
  /** A method failed for a reason that has no code of its own. */
  CONTROL_FAILED: (d: { method: string; reason: string }) => `${d.method} failed: ${d.reason}`,
  /** The control socket can't be made in the data directory. */
  CONTROL_SOCKET_UNUSABLE: (d: { path: string; reason: string }) =>
    `control socket ${d.path} can't be made (${d.reason}); a data directory on a local file system that this user owns is needed`,
});
