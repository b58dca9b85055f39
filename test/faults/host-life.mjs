import { chmod, cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const MODULE_FILE = fileURLToPath(new URL("./wire-module.mjs", import.meta.url));
const DOORS = { one: "fd", two: "path" };
/** Above every number that the kernel gives. */
const DEAD_PID = 2 ** 30;
/** Longer than any of the times below together. */
const LIFE_MS = 20_000;

/** A stream that reads and writes files, as one with a sink for them does. */
const STREAM = `version: 1
name: fees
source: { events: [FeeRateChanged] }
sinks:
  - { id: kept, file: { path: fees.jsonl } }
`;

/** Fresh folders with a stream and two modules: one that comes by its descriptor, and one by the path, which isn't enabled. */
export async function makeFolders() {
  const path = await mkdtemp(join(tmpdir(), "blvm-faults-"));
  // Modules in a sandbox run as somebody else, who has to get there.
  await chmod(path, 0o755);
  const modulesDir = join(path, "modules");
  for (const [name, door] of Object.entries(DOORS)) {
    const folder = join(modulesDir, name);
    await mkdir(folder, { recursive: true });
    await cp(MODULE_FILE, join(folder, "main.mjs"));
    const manifest = ['version = "1.0.0"', 'entry_point = "main.mjs"', 'capabilities = ["subscribe_events"]'];
    await writeFile(join(folder, "module.toml"), [`name = "${name}"`, ...manifest, ""].join("\n"));
    await writeFile(join(folder, "config.toml"), `door = "${door}"\n`);
  }
  const streamsDir = join(path, "streams");
  await mkdir(streamsDir);
  await writeFile(join(streamsDir, "fees.yaml"), STREAM);
  const dataDir = join(path, "data");
  await leaveAsIfKilled(dataDir);
  return { path, dataDir, modulesDir, streamsDir, remove: () => rm(path, { recursive: true, force: true }) };
}

/** What a host leaves that was killed: its lock, its control socket, its host.json, a module's door. */
async function leaveAsIfKilled(dataDir) {
  const door = join(dataDir, ".sockets", "0123456789ab");
  await mkdir(dirname(door), { recursive: true });
  await mkdir(door, { mode: 0o700 });
  await leaveSocket(join(door, "node.sock"));
  await leaveSocket(join(dataDir, "host.sock"));
  await writeFile(
    join(dataDir, "host.lock"),
    JSON.stringify({ pid: DEAD_PID, startTicks: "1", bootId: null }),
  );
  await writeFile(join(dataDir, "host.json"), JSON.stringify({ pid: DEAD_PID, http_url: null }));
}

async function leaveSocket(path) {
  const server = createServer();
  await new Promise((resolve) => server.listen(`${path}.bound`, resolve));
  await rename(`${path}.bound`, path);
  await new Promise((resolve) => server.close(resolve));
}

/** The configuration of such a host: short times, one small block that never plays further than its first event. */
function hostConfig({ dataDir, modulesDir, streamsDir }, chainFile, sandbox, enabledModules) {
  return {
    chain: { files: [chainFile], events_per_second: 0.0001 },
    http: { port: 0 },
    modules: {
      data_dir: dataDir,
      modules_dir: modulesDir,
      enabled_modules: enabledModules,
      watch_enabled: true,
      shutdown_ack_ms: 50,
      stop_timeout_ms: 1000,
      kill_timeout_ms: 500,
    },
    streams: { dir: streamsDir, files_dir: join(streamsDir, "files") },
    sandbox: { mode: sandbox },
    ipc: { start_timeout_ms: 3000, handshake_timeout_ms: 2000, frame_timeout_ms: 3000 },
  };
}

/**
 * A host's whole life on these folders: start with a module, load another, events, requests of operators, unload, attach,
 * close. Goes on with whatever still can be done; answers what was refused and what doesn't fit.
 */
export async function liveOnce(createHost, folders, { chainFile, sandbox }, log, { isShort = false } = {}) {
  const refusals = [];
  const problems = [];
  const host = createHost(hostConfig(folders, chainFile, sandbox, isShort ? [] : ["one"]), { log });
  const attempt = async (what, run) => {
    try {
      return await within(run(), what);
    } catch (error) {
      refusals.push({ what, code: error.code, message: error.message, isOurs: error.name === "EngineError" });
      return undefined;
    }
  };
  let isStarted = false;
  await attempt("start", async () => {
    await host.start();
    isStarted = true;
  });
  if (isStarted && isShort) problems.push(...(await listProblems(host)));
  if (isStarted && !isShort) {
    for (let n = 0; n < 3; n++)
      host.publish("FeeRateChanged", { old_fee_rate: n, new_fee_rate: n + 1, mempool_size: 1 });
    await attempt("load two", () => host.modules.loadModule("two"));
    await settled(host);
    await visit(Number(new URL(host.httpUrl).port), "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await visit(Number(new URL(host.httpUrl).port), "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await visit(
      join(folders.dataDir, "host.sock"),
      '{"jsonrpc":"2.0","id":1,"method":"stats","params":{}}\n',
    );
    await attempt("unload one", () => host.modules.unloadModule("one"));
    await attempt("attach one", () => host.modules.attachModule("one"));
    await settled(host);
    problems.push(...(await listProblems(host)));
  }
  await attempt("close", () => host.close());
  problems.push(...booksProblems(host));
  return { isStarted, refusals, problems };
}

/** Until every module has acknowledged what it was given, or for half a second. */
async function settled(host) {
  const endMs = performance.now() + 500;
  while (performance.now() < endMs && ![...host.modules.instances].every((instance) => instance.isSettled)) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** What the list of modules says against the processes that there are. */
async function listProblems(host) {
  const rows = await host.modules.listModules();
  return rows.flatMap(({ name, state, pid, reason }) => {
    const isAlive = pid !== null && hasProcess(pid);
    if (state === "Running" && !isAlive) return [`${name} is listed as running and has no process`];
    if (state === "Error" && isAlive) return [`${name} is listed as failed and its process ${pid} runs`];
    if (state === "Error" && !reason) return [`${name} is listed as failed without a reason`];
    if (state === "Initializing") return [`${name} is still listed as starting`];
    return [];
  });
}

function hasProcess(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function booksProblems(host) {
  return Object.entries(host.delivery.getAllDeliveryStats()).flatMap(([name, books]) => {
    const {
      matched,
      delivered,
      dropped_full,
      failed_closed,
      failed_serialization,
      filtered,
      waiting,
      in_flight,
    } = books;
    const sum =
      delivered + dropped_full + failed_closed + failed_serialization + filtered + waiting + in_flight;
    return sum === matched && waiting === 0 && in_flight === 0
      ? []
      : [
          `the books of ${name} after close: matched ${matched}, sum ${sum}, waiting ${waiting}, in flight ${in_flight}`,
        ];
  });
}

/** A client that says one thing, reads for a moment what comes, and goes. It takes every refusal. */
function visit(address, request) {
  return new Promise((resolve) => {
    const socket = connect(typeof address === "number" ? { port: address, host: "127.0.0.1" } : address);
    const leave = () => socket.destroy();
    socket.setTimeout(200, leave);
    socket.on("error", leave).on("close", resolve).on("data", leave);
    socket.write(request);
  });
}

async function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not end within ${LIFE_MS} ms`)), LIFE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Every file and folder below the data directory and the modules' own, relative to it. */
export async function leftFiles({ dataDir }) {
  const names = await readdir(dataDir, { recursive: true }).catch(() => []);
  return names.filter((name) => !/^(one|two)$/.test(name)).sort();
}
