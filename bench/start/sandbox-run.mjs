// @ts-check
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Starts modules by the real launch code, in the sandbox and without, each until its first byte of output; prints the
 * figures as JSON. Its argument is a {@link Plan} as JSON.
 */

/**
 * @typedef {object} Plan
 * @property {number} starts one after another, in either way
 * @property {number} crowd modules that are started at once
 *
 * @typedef {object} WayFigures
 * @property {number[]} first_byte_ms from the request of each single start to the module's first byte
 * @property {number} crowd_ms from the request of all to the first byte of the last one
 *
 * @typedef {object} SandboxFigures
 * @property {WayFigures} plain
 * @property {WayFigures} sandboxed
 * @property {number} beyond_pss_kib proportional memory of the sandbox's own processes, per module of the crowd
 * @property {number} beyond_rss_kib their resident memory, with what they share counted for each
 * @property {string[]} enforced the layers of the sandbox that hold here
 */

const MODULE = "starter";
const PROGRAM = 'process.stdout.write("."); setInterval(() => {}, 60_000);\n';
const MIB = 1024 * 1024;

const { Sandbox } = await import("../../dist/sandbox/index.js");
const { spawnModule } = await import("../../dist/supervisor/module-process.js");

const hear = () => {};
/** @type {import("../../dist/index.js").Logger} */
const log = { trace: hear, debug: hear, info: hear, warn: hear, error: hear, child: () => log };

/** @type {Plan} */
const plan = JSON.parse(process.argv[2] ?? "{}");
process.stdout.write(`${JSON.stringify(await run(plan))}\n`);

/**
 * @param {Plan} plan
 * @returns {Promise<SandboxFigures>}
 */
async function run({ starts, crowd }) {
  const folder = mkdtempSync(join(tmpdir(), "blvm-bench-"));
  // Whoever modules run as passes through.
  chmodSync(folder, 0o755);
  const codePath = join(folder, MODULE);
  for (const path of [codePath, join(folder, "sockets")]) mkdirSync(path, { mode: 0o755 });
  writeFileSync(join(codePath, "main.mjs"), PROGRAM);
  const plain = await Sandbox.open({ log }, { mode: "off" });
  const sandboxed = await Sandbox.open({ log }, { mode: "auto", privateDir: join(folder, "private") });
  try {
    // The first start of each finds nothing in the file cache.
    for (const sandbox of [plain, sandboxed]) await ended(await startOne(sandbox, folder, 0));
    /** @type {{ plain: number[], sandboxed: number[] }} */
    const firstByteMs = { plain: [], sandboxed: [] };
    for (let n = 0; n < starts; n++) {
      firstByteMs.plain.push(await timeOne(plain, folder));
      firstByteMs.sandboxed.push(await timeOne(sandboxed, folder));
    }
    const plainCrowd = await startCrowd(plain, folder, crowd);
    const sandboxedCrowd = await startCrowd(sandboxed, folder, crowd);
    return {
      plain: { first_byte_ms: firstByteMs.plain, crowd_ms: plainCrowd.ms },
      sandboxed: { first_byte_ms: firstByteMs.sandboxed, crowd_ms: sandboxedCrowd.ms },
      beyond_pss_kib: sandboxedCrowd.pssKib / crowd,
      beyond_rss_kib: sandboxedCrowd.rssKib / crowd,
      enforced: sandboxed.report.layers.filter(({ status }) => status === "enforced").map(({ id }) => id),
    };
  } finally {
    await sandboxed.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {InstanceType<typeof Sandbox>} sandbox
 * @param {string} folder
 */
async function timeOne(sandbox, folder) {
  const startMs = performance.now();
  const started = await startOne(sandbox, folder, 0);
  const tookMs = performance.now() - startMs;
  await ended(started);
  return tookMs;
}

/**
 * @param {InstanceType<typeof Sandbox>} sandbox
 * @param {string} folder
 * @param {number} count
 */
async function startCrowd(sandbox, folder, count) {
  const startMs = performance.now();
  const all = await Promise.all(Array.from({ length: count }, (_, n) => startOne(sandbox, folder, n)));
  const ms = performance.now() - startMs;
  const own = all.flatMap(({ pid, programPid }) => wrapperPids(pid ?? 0, programPid));
  const memory = own.map(memoryKib);
  await Promise.all(all.map(ended));
  return {
    ms,
    pssKib: memory.reduce((sum, { pss }) => sum + pss, 0),
    rssKib: memory.reduce((sum, { rss }) => sum + rss, 0),
  };
}

/**
 * Starts a module and resolves at its first byte.
 * @param {InstanceType<typeof Sandbox>} sandbox
 * @param {string} folder
 * @param {number} n which of those that run at once
 */
async function startOne(sandbox, folder, n) {
  const dataDir = join(folder, `data-${n}`);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const { owner } = sandbox;
  if (owner !== undefined) chownSync(dataDir, owner.uid, owner.gid);
  const codePath = join(folder, MODULE);
  const request = {
    moduleName: MODULE,
    entryPath: join(codePath, "main.mjs"),
    codePath,
    dataDir,
    socketPath: join(folder, "sockets/s"),
    limits: {
      memoryBytes: 512 * MIB,
      descriptors: 256,
      fileBytes: 64 * MIB,
      processes: 10,
      cpuPercent: 50,
      tmpBytes: 8 * MIB,
      shmBytes: MIB,
    },
    grants: { network: false, spawn: false },
  };
  const command = await sandbox.launch(request, () => ({ args: [], environment: {} }));
  const started = spawnModule({ log }, { ...command, dataDir, token: "none" });
  command.close();
  started.channel.on("error", hear);
  let complaint = "";
  started.stderr.setEncoding("utf8").on("data", (text) => {
    complaint += text;
  });
  await new Promise((resolve, reject) => {
    started.stdout.once("data", resolve);
    started.exited.then(({ reason }) => reject(new Error(`the module ${reason}: ${complaint}`)), reject);
  });
  return started;
}

/** @param {import("../../dist/supervisor/module-process.js").ModuleProcess} started */
async function ended(started) {
  started.kill();
  await started.exited;
}

/**
 * A process and all that stem from it, but for the module's own program.
 * @param {number} pid
 * @param {number | undefined} programPid
 * @returns {number[]}
 */
function wrapperPids(pid, programPid) {
  if (pid === programPid || programPid === undefined) return [];
  const children = readdirSync("/proc")
    .map(Number)
    .filter((each) => Number.isInteger(each) && each !== programPid && parentOf(each) === pid);
  return [pid, ...children.flatMap((child) => wrapperPids(child, programPid))];
}

/** @param {number} pid */
function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}

/**
 * @param {number} pid
 * @returns {{ pss: number, rss: number }}
 */
function memoryKib(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
  const value = (/** @type {string} */ name) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1]);
  return { pss: value("Pss"), rss: value("Rss") };
}
