// @ts-check

/**
 * A server in this process and its clients, each in a process of its own.
 * @typedef {object} RunningServer
 * @property {import("../fanout/subscriber-process.mjs").SubscriberProcess[]} processes
 * @property {() => Promise<void>} close ends the clients and frees what the server holds
 *
 * @typedef {(options: { clients: number }) => Promise<RunningServer>} StartServer
 */

/**
 * One way to ask a process for something. Its code is the file of this folder with its name.
 * @type {readonly import("../fanout/competitors.mjs").Competitor[]}
 */
export const servers = [
  {
    name: "engine",
    body: "MessagePack; permission, audit and parameters on the host, answers checked by the SDK",
    packages: [],
  },
  {
    name: "grpc",
    body: "Protocol Buffers, unary calls on one channel for each client, over a Unix socket",
    packages: ["@grpc/grpc-js", "@grpc/proto-loader"],
  },
  {
    name: "http",
    body: "text and raw bytes, one kept-alive connection for each open request, over a Unix socket",
    packages: [],
  },
];
