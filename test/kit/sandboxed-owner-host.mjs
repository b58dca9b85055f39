// A host of a folder, in the sandbox; prints what its module reported and who owns what, or why it could not start.
// Arguments: the folder of the package, a folder with `modules`, the configuration as JSON.
import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [packageDir, folder, config] = process.argv.slice(2);
const { createHost } = await import(pathToFileURL(join(packageDir, "dist", "index.js")).href);
const dataDir = join(folder, "data");
const lines = [];
const write = (level) => (fields, message) => lines.push({ level, message, ...fields });
const log = {
  trace() {},
  debug: write("debug"),
  info: write("info"),
  warn: write("warn"),
  error: write("error"),
};
log.child = () => log;

const { modules, sandbox } = JSON.parse(config);
const host = createHost(
  {
    http: { port: 0 },
    modules: { modules_dir: join(folder, "modules"), data_dir: dataDir, shutdown_ack_ms: 50, ...modules },
    sandbox: { mode: "auto", ...sandbox },
    ipc: { start_timeout_ms: 20_000 },
  },
  { log },
);

function owned(...parts) {
  try {
    const { uid, gid, mode } = lstatSync(join(dataDir, ...parts));
    return [uid, gid, (mode & 0o7777).toString(8)];
  } catch (error) {
    return error.code;
  }
}

const result = {};
try {
  await host.start();
  const [row] = await host.modules.listModules();
  result.state = row.state;
  result.reason = row.reason;
  if (row.state === "Running") {
    result.report = JSON.parse(readFileSync(join(dataDir, row.name, "report.json"), "utf8"));
    const made = ["", "mine", "made", "made/by/node", "made/empty", "made/empty/mine"];
    const hosts = ["", ".sockets", ".sandbox", ".code", "host.lock", "host.sock", "host.json", ".cookie"];
    result.modules = Object.fromEntries(made.map((path) => [path, owned(row.name, path)]));
    result.hosts = Object.fromEntries(hosts.map((path) => [path, owned(path)]));
  }
} catch (error) {
  result.failure = { code: error.code, message: error.message };
}
await host.close().catch(() => {});
result.lines = lines
  .filter(({ level }) => level !== "debug")
  .map(({ message, left = [] }) => [message, ...left].join(" "));
result.doors = lines.filter(({ message }) => message === "module connected").map(({ door }) => door);
process.stdout.write(JSON.stringify(result), () => process.exit());
