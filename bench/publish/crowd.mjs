// @ts-check
import { ModuleIntegration } from "../../dist/sdk/bundled.js";

/**
 * Many modules in one process, each with a connection of its own through its door's path: to the host they are what
 * as many processes would be. Its argument is the list of doors as JSON. Ends with its standard input.
 */

/** @typedef {{ socketPath: string, moduleId: string, moduleName: string, version: string, token: string }} OpenDoor */

/** @type {OpenDoor[]} */
const doors = JSON.parse(process.argv[2] ?? "[]");

process.stdin.resume().once("end", () => process.exit());
await Promise.all(
  doors.map(async (door) => {
    const module = await ModuleIntegration.connect({ ...door, reconnect: false });
    module.on("MempoolTransactionAdded", () => {});
    await module.subscribeEvents(["MempoolTransactionAdded"]);
  }),
);
