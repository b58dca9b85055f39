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
  /** The file that lets local programs call JSON-RPC can't be written. */
  HTTP_COOKIE_UNWRITABLE: (d: { file: string; reason: string }) =>
    `cookie file ${d.file} can't be written (${d.reason}); a data directory that this user owns is needed: ` +
    "correct modules.data_dir, or set [http] rpc_token and no cookie is made",
  /** The Host header names a site that this server is not. */
  HTTP_HOST_REFUSED: (d: { host: string }) =>
    `Host header ${JSON.stringify(d.host)} is not allowed, loopback names and those in [http] allowed_hosts are; add it there`,
  /** A page of another site asks in its visitor's name. */
  HTTP_ORIGIN_REFUSED: (d: { header: "Origin" | "Sec-Fetch-Site"; value: string }) =>
    `${d.header} header ${JSON.stringify(d.value)} is not allowed, only this server's own pages may call it; ` +
    "call it from a program, without that header",
  /** Nothing is served at this path. */
  HTTP_NOT_FOUND: (d: { path: string; paths: readonly string[] }) =>
    `nothing is served at ${JSON.stringify(d.path)}; there is ${d.paths.join(", ")}`,
  /** The path doesn't take this method; only `/` takes more than reading. */
  HTTP_METHOD_NOT_ALLOWED: (d: { method: string; allowed: readonly string[] }) =>
    `method ${d.method} is not allowed, ${d.allowed.join(" and ")} are; JSON-RPC is called by POST /, the rest is read by GET`,
  /** The request's target or query can't be understood. */
  HTTP_BAD_REQUEST: (d: { problem: string; allowed: string }) => `${d.problem}; allowed: ${d.allowed}`,
  /** The event feed was asked for a type that the catalogue does not hold. */
  HTTP_UNKNOWN_EVENT_TYPE: (d: { type: string; nearest?: string | undefined }) =>
    `event type ${JSON.stringify(d.type)} is not in the catalogue${d.nearest === undefined ? "" : `, did you mean ${d.nearest}?`} ` +
    "See `blvm-streams events list`",
  /** The page asks about a module that isn't there. */
  HTTP_UNKNOWN_MODULE: (d: { module: string }) =>
    `module ${JSON.stringify(d.module)} is not installed, names of installed modules are allowed; see \`blvm-streams modules list\``,
  /** As many event feeds are open as the server keeps. */
  HTTP_TOO_MANY_FEEDS: (d: { limit: number }) =>
    `${d.limit} event feeds are open, which is the limit; close one and try again`,
  /** A handler failed; the log has the reason. */
  HTTP_INTERNAL: (d: { path: string }) =>
    `the answer to ${d.path} could not be made; the host's log says why`,
  /** The server is open to the network and has no token, so that nobody may change anything through it. */
  HTTP_RPC_OFF: (d: { host: string }) =>
    `JSON-RPC is off: the server listens on ${d.host} and has no token; a token is needed off loopback: ` +
    "set [http] rpc_token (or BLVM_STREAMS_HTTP_RPC_TOKEN), or use `blvm-streams modules`",
  /** The call carries no password, or a wrong one. */
  HTTP_UNAUTHORIZED: (d: { found: string; scheme: "Basic" | "Bearer" }) =>
    `${d.found}; JSON-RPC takes Authorization: ${d.scheme} with ${d.scheme === "Bearer" ? "the token" : "user and password"} ` +
    `of this host; ${authorizationRemedy[d.scheme]}`,
  /** The body says that it is something else than JSON in UTF-8. */
  HTTP_CONTENT_TYPE: (d: { found: string }) =>
    `the body is ${d.found}, JSON in UTF-8 and not compressed is allowed; send Content-Type: application/json`,
  /** The body of a call is larger than any honest one. */
  HTTP_BODY_TOO_LARGE: (d: { limitBytes: number }) =>
    `the body holds more than ${d.limitBytes} bytes, which is the limit; send fewer calls at a time`,
  /** The bodies of all calls together are larger than the server keeps. */
  HTTP_BODIES_TOO_LARGE: (_: Record<string, never>) =>
    "the bodies of the calls in the works are larger than what is kept of all of them; fewer large calls at a time are allowed: try again",
  /** The body of a call didn't come to its end in time. */
  HTTP_BODY_TOO_SLOW: (d: { timeoutMs: number }) =>
    `the body did not come within ${d.timeoutMs} ms, which is the limit; send it at once, and all that Content-Length says`,
  /** As many calls are in the works as the server takes. */
  HTTP_TOO_MANY_CALLS: (d: { limit: number }) =>
    `${d.limit} requests are in the works, which is the limit; wait for their answers and try again`,
});

const authorizationRemedy = {
  Basic: 'read both from the .cookie file in the data directory, as in curl -u "$(cat data/.cookie)"',
  Bearer: "it stands in [http] rpc_token or BLVM_STREAMS_HTTP_RPC_TOKEN",
} as const;

/** What JSON-RPC answers to a body that holds no call, and to a call that can't be made. */
export const rpcErrors = defineErrors({
  /** The body is no JSON, or JSON that two readers could understand differently. */
  RPC_PARSE_ERROR: (d: { problem: string }) =>
    `${d.problem}, JSON-RPC 2.0 is expected: a request or a list of them; ${example}`,
  /** The JSON is no JSON-RPC 2.0 request. */
  RPC_INVALID_REQUEST: (d: { problem: string; allowed: string }) =>
    `${d.problem}, allowed: ${d.allowed}; ${example}`,
  /** There is no such method. */
  RPC_METHOD_NOT_FOUND: (d: { method: string; nearest?: string | undefined; methods: readonly string[] }) =>
    `there is no method ${JSON.stringify(d.method)}, there are ${d.methods.join(", ")}; ` +
    (d.nearest === undefined ? "call one of these" : `did you mean ${d.nearest}?`),
  /** The parameters don't have the form that the method takes. */
  RPC_INVALID_PARAMS: (d: { method: string; field: string; problem: string; allowed: string }) =>
    `${d.field} of ${d.method} is wrong: ${d.problem}; allowed: ${d.allowed}; correct it and call again`,
  /** A method of the node that only modules can answer, and none does. */
  RPC_NO_OVERRIDE: (d: { method: string }) =>
    `no loaded module answers ${d.method}, which needs one with rpc_overrides = [${JSON.stringify(d.method)}] in its module.toml; ` +
    "load such a module with loadmodule",
  /** The chain holds nothing under this name. */
  RPC_NOT_FOUND: (d: { what: string; name: string; known: string }) =>
    `${d.what} ${d.name} is not known, known is ${d.known}; look the name up again`,
  /** The call failed for a reason that has no code of its own; the log has it. */
  RPC_INTERNAL: (d: { method: string }) =>
    `the answer to ${JSON.stringify(d.method)} could not be made, which is the host's fault; its log says why`,
});

const example = 'send such as {"jsonrpc":"2.0","id":1,"method":"listmodules"}';
