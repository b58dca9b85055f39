import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";
import { leftFiles, liveOnce, makeFolders } from "./host-life.mjs";

/**
 * Lives one life of a host without a fault, which tells the calls that can fail, and then one for each fault that
 * standard input names: `{ faults: [{ key, code }] }`, or `{ restart: folders }` for a single short life on folders that
 * there are. After each: nothing that the process holds may be more than before, and
 * a second host on the same folders must start, load its module and leave nothing. One JSON line per life.
 */
const [hostUrl, chainFile, sandbox] = process.argv.slice(2);
const setting = { chainFile, sandbox };
const faults = createRequire(import.meta.url)("./fault-injector.cjs");
const { createHost } = await import(hostUrl);
const SETTLE_MS = 5000;
/** Times that the same has to be seen before it counts as what stays. */
const STILL_LOOKS = 20;

let uncaught = [];
for (const event of ["uncaughtException", "unhandledRejection"]) {
  process.on(event, (error) => uncaught.push(`${event}: ${error?.stack ?? error}`));
}

/** What this process holds: open descriptors, what keeps the event loop busy, children. */
function holdings() {
  const descriptors = readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [`fd ${readlinkSync(`/proc/self/fd/${fd}`).replace(/\[\d+\]$/, "")}`];
    } catch {
      return [];
    }
  });
  return [...descriptors, ...process.getActiveResourcesInfo(), ...children().map((pid) => `child ${pid}`)];
}

/** Children that run; a zombie no longer does. */
function children() {
  for (const pid of faults.childPids) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (Number(parent) !== process.pid || state === "Z" || state === "X") faults.childPids.delete(pid);
    } catch {
      faults.childPids.delete(pid);
    }
  }
  return [...faults.childPids];
}

/**
 * What is held beyond `before`, once that is nothing or has lasted too long. Without a descriptor to be had, Node.js
 * itself leaves the unopened handles of the pipes that it had prepared for a child.
 */
async function surplus(before, fault) {
  const isNodesOwn = fault?.code === "EMFILE" && fault.key.startsWith("child.spawn ");
  const endMs = performance.now() + SETTLE_MS;
  for (;;) {
    const known = [...before, "Immediate"];
    const more = holdings().filter((entry) => {
      const at = known.indexOf(entry);
      if (at !== -1) known.splice(at, 1);
      return at === -1 && !(isNodesOwn && entry === "PipeWrap");
    });
    if (more.length === 0 || performance.now() > endMs) return more;
    await moment();
  }
}

/** Resolves when what is held has stayed the same for a while, or has changed for too long. */
async function stillness() {
  const endMs = performance.now() + SETTLE_MS;
  let held = "";
  for (let looks = 0; looks < STILL_LOOKS && performance.now() < endMs; looks++) {
    await moment();
    const now = holdings().sort().join();
    if (now !== held) looks = 0;
    held = now;
  }
}

/** A millisecond and some turns of the event loop. A timer would be one of the things that the worker looks for. */
async function moment() {
  for (let turns = 0; turns < 50; turns++) await new Promise((resolve) => setImmediate(resolve));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}

/** A log that keeps what it was told above info, for the report of a life that went wrong. */
function memoryLog(lines) {
  const keep = (fields, message) => {
    const { err, ...others } = fields;
    lines.push(
      `${message} ${JSON.stringify({ ...others, ...(err === undefined ? {} : { err: String(err) }) })}`,
    );
  };
  const skip = () => {};
  const log = { trace: skip, debug: skip, info: skip, warn: keep, error: keep, child: () => log };
  return log;
}

async function live(fault, before) {
  uncaught = [];
  const lines = [];
  const folders = await makeFolders();
  const leftBefore = await leftFiles(folders);
  faults.arm(fault);
  const life = await liveOnce(createHost, folders, setting, memoryLog(lines));
  const { calls, isHit } = faults.disarm();
  const held = before === undefined ? [] : await surplus(before, fault);
  const leftAfter = await leftFiles(folders);
  const again = await liveOnce(createHost, folders, setting, memoryLog([]), { isShort: true });
  const heldAgain = before === undefined ? [] : await surplus(before, fault);
  const leftInTheEnd = await leftFiles(folders);
  // A lock that could not be removed holds as long as this process lives: the next one has to start on these folders.
  if (again.isStarted) await folders.remove();
  for (const pid of children()) if (held.includes(`child ${pid}`)) process.kill(pid, "SIGKILL");
  return {
    ...life,
    ...fault,
    isHit,
    calls,
    lines,
    uncaught,
    held,
    leftBefore,
    leftAfter,
    again,
    heldAgain,
    leftInTheEnd,
    folders: again.isStarted ? undefined : folders,
  };
}

function tell(report) {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

const { faults: asked = [], restart } = JSON.parse(await text(process.stdin));
if (restart !== undefined) {
  const again = await liveOnce(createHost, restart, setting, memoryLog([]), { isShort: true });
  tell({ again, leftInTheEnd: await leftFiles(restart) });
  process.exit();
}
// What the first life opens once and for all is nobody's leak.
await live(undefined, undefined);
await stillness();
const clean = await live(undefined, holdings());
tell({ ...clean, faults: clean.calls.map((key) => ({ key, codes: faults.codesOf(key) })) });
let before = holdings();
for (const fault of asked) {
  const report = await live(fault, before);
  tell({ ...report, calls: [] });
  // A leak is told once, not again after each life that follows.
  before = report.held.length > 0 || fault.code === "EMFILE" ? holdings() : before;
}
