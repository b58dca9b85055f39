// @ts-check
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * One way to bring an event to several processes. Its code is the file of this folder with its name.
 * @typedef {object} Competitor
 * @property {string} name
 * @property {string} body how the event travels
 * @property {string[]} packages what it needs of node_modules
 * @property {string} [program] the server it needs
 */

/**
 * In the order of the tables; the first two always run.
 * @type {readonly Competitor[]}
 */
export const competitors = [
  { name: "engine", body: "MessagePack, encoded once per event", packages: [] },
  { name: "ref", body: "MessagePack, encoded once per event", packages: [] },
  {
    name: "nats",
    body: "MessagePack in one NATS core message, encoded once per event; over TCP loopback, the server's only way",
    packages: ["@nats-io/transport-node"],
    program: "nats-server",
  },
  {
    name: "zeromq",
    body: "MessagePack in one XPUB message, encoded once per event; over ipc://",
    packages: ["zeromq"],
  },
  {
    name: "redis",
    body: "MessagePack in one PUBLISH, encoded once per event, commands of a turn pipelined; over the Unix socket",
    packages: ["ioredis"],
    program: "redis-server",
  },
  {
    name: "grpc",
    body: "Protocol Buffers, encoded for each stream by grpc-js; server streaming over a Unix socket",
    packages: ["@grpc/grpc-js", "@grpc/proto-loader"],
  },
  {
    name: "child-process",
    body: "JSON, encoded for each process by child.send",
    packages: [],
  },
  {
    name: "rxjs",
    body: "MessagePack, one Subject, one encode and one socket write per subscriber",
    packages: [],
  },
];

/** Those that always run: what is measured, and what the others are compared with. */
export const ENGINE = "engine";
export const REFERENCE = "ref";

/** The names that may be left out. */
export const peerNames = competitors
  .map(({ name }) => name)
  .filter((name) => name !== ENGINE && name !== REFERENCE);

/** Debian keeps servers where a user's PATH doesn't look. */
const SERVER_FOLDERS = ["/usr/local/sbin", "/usr/sbin"];

/**
 * What keeps a competitor from running here; nothing when it can.
 * @param {Competitor} competitor
 * @returns {string | undefined}
 */
export function obstacle({ packages, program }) {
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length > 0) return `${missing.join(" and ")} not installed`;
  if (program !== undefined && programPath(program) === undefined) return `no ${program} on the PATH`;
  return undefined;
}

/**
 * @param {string} program
 * @returns {string | undefined} the first executable of that name
 */
export function programPath(program) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...SERVER_FOLDERS];
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} packageName */
function isInstalled(packageName) {
  try {
    import.meta.resolve(packageName);
    return true;
  } catch {
    return false;
  }
}
