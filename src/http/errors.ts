import { defineErrors } from "../errors.js";

/** Why the HTTP server doesn't start, and what it answers instead of what was asked for. */
export const httpErrors = defineErrors({
  /** Another program listens on the address already. */
  HTTP_PORT_IN_USE: (d: { host: string; port: number }) =>
    `port ${d.port} on ${d.host} is taken by another program, perhaps another host; ` +
    "set [http] port (or BLVM_STREAMS_HTTP_PORT) to another one, or to 0 for any free one",
  /** The address can't be listened on. */
  HTTP_LISTEN_FAILED: (d: { host: string; port: number; reason: string }) =>
    `can't listen on ${d.host} port ${d.port} (${d.reason}); an address of this machine and a port that this user ` +
    "may take are needed: correct [http] host and port",
  /** The Host header names a site that this server is not. */
  HTTP_HOST_REFUSED: (d: { host: string }) =>
    `Host header ${JSON.stringify(d.host)} is not allowed; loopback names are, and those in [http] allowed_hosts`,
  /** Nothing is served at this path. */
  HTTP_NOT_FOUND: (d: { path: string; paths: readonly string[] }) =>
    `nothing is served at ${JSON.stringify(d.path)}; there is ${d.paths.join(", ")}`,
  /** The request would change something; everything here is read-only. */
  HTTP_METHOD_NOT_ALLOWED: (d: { method: string }) => `method ${d.method} is not allowed; GET and HEAD are`,
  /** The request's target or query can't be understood. */
  HTTP_BAD_REQUEST: (d: { problem: string; allowed: string }) => `${d.problem}; allowed: ${d.allowed}`,
  /** The event feed was asked for a type that the catalogue does not hold. */
  HTTP_UNKNOWN_EVENT_TYPE: (d: { type: string; nearest?: string | undefined }) =>
    `event type ${JSON.stringify(d.type)} is not in the catalogue${d.nearest === undefined ? "" : `, did you mean ${d.nearest}?`} ` +
    "See `blvm-streams events list`",
  /** As many event feeds are open as the server keeps. */
  HTTP_TOO_MANY_FEEDS: (d: { limit: number }) =>
    `${d.limit} event feeds are open, which is the limit; close one and try again`,
  /** A handler failed; the log has the reason. */
  HTTP_INTERNAL: (d: { path: string }) =>
    `the answer to ${d.path} could not be made; the host's log says why`,
});
