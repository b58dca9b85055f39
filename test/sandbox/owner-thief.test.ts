import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { monotonicScheduler } from "../../src/clock.js";
import { createHost } from "../../src/host.js";
import { ModuleEndpoint } from "../../src/ipc/index.js";
import { ipcOptions } from "../../src/ipc/options.js";
import { silentLogger } from "../../src/log.js";
import { commandLine } from "../../src/sandbox/launch-command.js";
import { probeMachine } from "../../src/sandbox/probe-machine.js";
import { prepareModuleDataDir } from "../../src/supervisor/module-data-dir.js";
import { isNotRoot, nobody, openTempDir } from "../kit/host-forms.js";
import { launchRequest } from "../kit/sandbox-off.js";
import { isMissing } from "../kit/tool.js";

/** Tries what its arguments name, "list PATH", "read PATH", "write PATH" or "connect PATH"; prints how each ended. */
const thief = `
const fs = require("node:fs"), net = require("node:net");
const attempts = {
  list: (path) => void fs.readdirSync(path),
  read: (path) => void fs.closeSync(fs.openSync(path, "r")),
  write: (path) => void fs.writeFileSync(path, "stolen"),
  connect: (path) => new Promise((resolve, reject) => {
    const socket = net.connect(path, () => { socket.destroy(); resolve(); });
    socket.once("error", reject);
  }),
};
(async () => {
  const outcomes = {};
  for (const line of process.argv.slice(2)) {
    const [how, path] = line.split(" ");
    try { await attempts[how](path); outcomes[line] = "done"; } catch (error) { outcomes[line] = error.code; }
  }
  console.log(JSON.stringify(outcomes));
})();`;

/** What somebody can do who was given nothing but another user: no mounts, no filters, no limits. */
async function steal(folder: string, attempts: readonly string[]): Promise<Record<string, string>> {
  const entryPath = join(folder, "thief.cjs");
  await writeFile(entryPath, thief, { mode: 0o644 });
  const machine = await probeMachine({ nodePath: process.execPath, user: nobody });
  const program = { command: [machine.nodePath, entryPath], needs: [], baseDataBytes: 0 };
  const request = launchRequest({ entryPath, dataDir: folder });
  const [command = "", ...args] = commandLine(machine, new Set(["identity"]), request, program, []);
  const { stdout } = await promisify(execFile)(command, [...args, ...attempts], { env: {}, timeout: 20_000 });
  return JSON.parse(stdout) as Record<string, string>;
}

describe.skipIf(isNotRoot("the privacy of a host's files") || isMissing("setpriv", "util-linux"))(
  "a module of a host that is root, with nothing around it but another user",
  () => {
    it("opens nothing that is the host's, and all that is its own", async () => {
      await using dir = await openTempDir();
      const dataDir = join(dir.path, "data");
      const modulesDir = join(dir.path, "modules");
      await mkdir(modulesDir);
      await writeFile(join(dir.path, "host.toml"), 'secret = "s"', { mode: 0o600 });
      await using host = createHost(
        {
          http: { port: 0 },
          sandbox: { mode: "auto" },
          modules: { modules_dir: modulesDir, data_dir: dataDir },
        },
        { log: silentLogger },
      );
      await host.start();
      const at = (...parts: string[]) => join(dataDir, ...parts);
      const own = at("own");
      await prepareModuleDataDir({ log: silentLogger }, { moduleName: "own", dataDir: own, owner: nobody });
      const endpoint = await openEndpoint(at(".sockets"));
      const denied = [
        ...["", ".sockets", ".sandbox", ".code", ".storage"].map((name) => `list ${at(name)}`),
        ...["host.lock", "host.json", ".cookie", "../host.toml"].map((name) => `read ${at(name)}`),
        ...["new", ".sockets/new", ".code/new", ".sandbox/new", "host.lock"].map(
          (name) => `write ${at(name)}`,
        ),
        `connect ${at("host.sock")}`,
        `list ${join(endpoint.socketPath, "..")}`,
        `write ${join(endpoint.socketPath, "..", "new")}`,
      ];
      const allowed = [`list ${own}`, `write ${join(own, "file")}`, `connect ${endpoint.socketPath}`];
      await mkdir(at(".code"), { recursive: true, mode: 0o711 });
      await mkdir(at(".storage"), { mode: 0o700 });
      const outcomes = await steal(dir.path, [...denied, ...allowed]);
      await endpoint.close("the test is over");
      const expected = [...denied.map((line) => [line, "EACCES"]), ...allowed.map((line) => [line, "done"])];
      expect(outcomes).toEqual(Object.fromEntries(expected));
    });
  },
);

function openEndpoint(socketDir: string): Promise<ModuleEndpoint> {
  return ModuleEndpoint.open(
    { scheduler: monotonicScheduler, log: silentLogger },
    {
      identity: { moduleId: "own_1", moduleName: "own", version: "1.0.0" },
      socketDir,
      guest: nobody,
      ipc: ipcOptions.parse({}),
      delivery: { capacity: 1, window: 1 },
      nodeVersion: "1.0.0",
    },
    {
      connected: () => {
        throw new Error("nobody says hello");
      },
      turnedAway() {},
      exhausted() {},
    },
  );
}
