// Starts modules as a host does and tells what became of them, as one line of JSON: run by the tests as root and as an
// ordinary user. Its argument is an order: a folder that everybody may enter, and the scenes to be played in it.
import {
  chownSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { silentLogger } from "../../src/log.js";
import { Sandbox } from "../../src/sandbox/index.js";
import { tellEnd } from "../../src/supervisor/exit-report.js";
import { startGuardian } from "../../src/supervisor/guardian.js";
import { isProcessStopped } from "../../src/supervisor/is-process-stopped.js";
import { type ModuleProcess, spawnModule } from "../../src/supervisor/module-process.js";
import { launchRequest } from "../kit/sandbox-off.js";

export interface Order {
  readonly folder: string;
  /** Occurs in the environment of each module. */
  readonly mark: string;
  /** A program that starts copies of itself in sessions of their own, without end. */
  readonly bombFile?: string | undefined;
  readonly scenes: readonly SceneName[];
}

const order = JSON.parse(process.argv[2] ?? "{}") as Order;
const sandbox = await Sandbox.open(
  { log: silentLogger },
  { mode: "auto", privateDir: join(order.folder, "private") },
);
let count = 0;
const nonsenseFile = join(order.folder, "nonsense");
writeFileSync(nonsenseFile, Buffer.alloc(16, 0xff));

interface Started extends ModuleProcess {
  /** Standard error so far. */
  readonly said: () => string;
  /** Resolves with standard output when it ends. */
  readonly output: Promise<string>;
  /** Resolves with the first line of standard output. */
  readonly firstLine: Promise<string>;
}

interface What {
  /** JavaScript, or the path of a program of this machine, which is copied. */
  readonly script?: string;
  readonly program?: string;
  readonly args?: readonly string[];
  readonly spawns?: boolean;
  /** Processes beside its first one. Default: more than any scene starts. */
  readonly processes?: number;
  /** What is taken from the sandbox before it starts: the code, or the sense of its program or of its filter. */
  readonly lacks?: "program" | "code" | "filter";
}

async function start({
  script,
  program,
  args = [],
  spawns = false,
  processes = 2 * BOMB,
  lacks,
}: What): Promise<Started> {
  const name = `m${count++}`;
  const codePath = join(order.folder, "code", name);
  const dataDir = join(order.folder, "data", name);
  for (const folder of [codePath, dataDir]) mkdirSync(folder, { recursive: true, mode: 0o755 });
  if (sandbox.owner !== undefined) chownSync(dataDir, sandbox.owner.uid, sandbox.owner.gid);
  const entryPath = join(codePath, program === undefined ? "main.mjs" : "main");
  if (program === undefined) writeFileSync(entryPath, script ?? "");
  else copyFileSync(program, entryPath);
  const request = launchRequest({ entryPath, dataDir });
  const command = await sandbox.launch(
    {
      ...request,
      limits: { ...request.limits, processes },
      socketPath: join(order.folder, "sockets", "s"),
      grants: { network: false, spawn: spawns },
    },
    () => ({ args, environment: { MODULE_NAME: name, MARK: order.mark } }),
  );
  if (lacks === "program") writeFileSync(entryPath, "no program\n");
  if (lacks === "code") rmSync(codePath, { recursive: true });
  const descriptors = new Map(command.descriptors);
  const nonsense = openSync(nonsenseFile, "r");
  if (lacks === "filter") for (const fd of descriptors.keys()) descriptors.set(fd, nonsense);
  const started = spawnModule({ log: silentLogger }, { ...command, descriptors, dataDir, token: "token" });
  closeSync(nonsense);
  command.close();
  let said = "";
  started.stderr.setEncoding("utf8").on("data", (piece: string) => {
    said += piece;
  });
  let text = "";
  let noteLine: (line: string) => void = () => {};
  const firstLine = new Promise<string>((resolve) => {
    noteLine = resolve;
  });
  const output = new Promise<string>((resolve) => {
    started.stdout.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
      if (text.includes("\n")) noteLine(text.slice(0, text.indexOf("\n")));
    });
    started.stdout.once("close", () => {
      noteLine(text);
      resolve(text);
    });
  });
  // A spread would call the getters once and for all.
  return Object.assign(Object.create(started) as ModuleProcess, { said: () => said, output, firstLine });
}

/** Pids of processes with the mark in their environment, this one left out. */
function marked(): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid && hasMark(pid));
}

function hasMark(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").includes(`MARK=${order.mark}\0`);
  } catch {
    return false;
  }
}

/** How many processes are left when there are none any more, or after the time. */
async function survivors(withinMs = 2000): Promise<number> {
  const endMs = performance.now() + withinMs;
  while (marked().length > 0 && performance.now() < endMs) await pause(5);
  return marked().length;
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

async function until(claim: () => boolean): Promise<boolean> {
  const endMs = performance.now() + 10_000;
  while (!claim() && performance.now() < endMs) await pause(2);
  return claim();
}

function nsPids(pid: number | undefined): string {
  return /^NSpid:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? "";
}

const BOMB = 60;
const FORKS_AWAY = `
  import { spawn } from "node:child_process";
  const leaf = "setInterval(() => {}, 1000)";
  const twice = "require('child_process').spawn(process.execPath, ['-e', " + JSON.stringify(leaf) +
    "], { detached: true, stdio: 'ignore' }).on('spawn', () => process.exit())";
  spawn(process.execPath, ["-e", twice], { detached: true, stdio: "ignore" }).on("exit", () => {
    process.stdout.write("away\\n");
    if (process.argv[2] === "crash") process.exit(9);
  });
  setInterval(() => {}, 1000);`;

const scenes = {
  /** What the program finds when it begins: a program without a runtime that would open descriptors itself. */
  async beginning() {
    const read = async (program: string, ...args: string[]) => {
      const started = await start({ program, args });
      await started.exited;
      return (await started.output) + started.said();
    };
    return {
      environ: await read("/bin/cat", "/proc/self/environ"),
      status: await read("/bin/cat", "/proc/self/status"),
      stat: await read("/bin/cat", "/proc/self/stat"),
      descriptors: await read("/bin/ls", "-l", "/proc/self/fd"),
      workingDir: await read("/bin/ls", "-l", "/proc/self/cwd"),
    };
  },

  async ends() {
    const scripts = [
      "process.exit(0)",
      "process.exit(1)",
      "process.exit(42)",
      "process.exit(126)",
      "process.exit(127)",
      "process.exit(137)",
      "process.exit(200)",
      "process.kill(process.pid, 'SIGKILL')",
      "process.kill(process.pid, 'SIGTERM')",
      "process.kill(process.pid, 'SIGSEGV')",
      "process.abort()",
    ];
    const ends: Record<string, string> = {};
    for (let n = 0; n < scripts.length; n += 4) {
      const play = async (script: string) => {
        ends[script] = (await (await start({ script })).exited).reason;
      };
      await Promise.all(scripts.slice(n, n + 4).map(play));
    }
    return ends;
  },

  async terms() {
    const handles = await start({
      script: "process.on('SIGTERM', () => process.exit(7)); setInterval(() => {}, 1e3); console.log('on')",
    });
    await handles.firstLine;
    handles.requestTerm();
    const handled = (await handles.exited).reason;
    const ignores = await start({
      script: "process.on('SIGTERM', () => console.log('no')); setInterval(() => {}, 1e3); console.log('on')",
    });
    await ignores.firstLine;
    ignores.requestTerm();
    await pause(50);
    const outlivesTerm = !ignores.hasExited;
    ignores.kill();
    const killed = (await ignores.exited).reason;
    const early = await start({ script: "setInterval(() => {}, 1e3)" });
    early.requestTerm();
    const beforeItBegan = (await early.exited).reason;
    const left = await survivors();
    return { handled, outlivesTerm, heardTerm: await ignores.output, killed, beforeItBegan, left };
  },

  /** Kills at each moment of the sandbox's set-up. */
  async setUp() {
    const reasons = new Set<string>();
    const delays = Array.from({ length: 24 }, (_, n) => n * 2);
    for (let n = 0; n < delays.length; n += 4) {
      await Promise.all(
        delays.slice(n, n + 4).map(async (delayMs) => {
          const started = await start({ script: "setInterval(() => {}, 1e3)" });
          await pause(delayMs);
          started.kill();
          reasons.add((await started.exited).reason);
        }),
      );
    }
    return { reasons: [...reasons], left: await survivors() };
  },

  async programPid() {
    const early = await start({ script: "setInterval(() => {}, 1e3); console.log('on')" });
    const atOnce = early.programPid;
    await early.firstLine;
    const { programPid, pid } = early;
    const command = readFileSync(`/proc/${programPid}/cmdline`, "latin1");
    const numbers = nsPids(programPid).split(/\s+/);
    process.kill(programPid ?? 0, "SIGSTOP");
    const isStopped = await until(() => isProcessStopped(programPid ?? 0));
    process.kill(programPid ?? 0, "SIGCONT");
    const goesOn = await until(() => !isProcessStopped(programPid ?? 0));
    early.kill();
    await early.exited;
    const forks = await start({ script: FORKS_AWAY, spawns: true });
    await forks.firstLine;
    const processes = marked().length;
    const amongForks = nsPids(forks.programPid).split(/\s+/).at(-1);
    forks.kill();
    await forks.exited;
    return {
      atOnce: atOnce ?? null,
      isAnother: programPid !== pid,
      command,
      inner: numbers.at(-1),
      isStopped,
      goesOn,
      afterwards: early.programPid ?? null,
      processes,
      amongForks,
    };
  },

  /** What a module leaves behind that forked out of its group and session. */
  async descendants() {
    const left: Record<string, number> = {};
    const crash = await start({ script: FORKS_AWAY, args: ["crash"], spawns: true });
    await crash.exited;
    left.crash = await survivors(1000);
    const killed = await start({ script: FORKS_AWAY, spawns: true });
    await killed.firstLine;
    const before = marked().length;
    killed.kill();
    await killed.exited;
    left.kill = await survivors(1000);
    const stopped = await start({ script: FORKS_AWAY, spawns: true });
    await stopped.firstLine;
    stopped.requestTerm();
    await stopped.exited;
    left.stop = await survivors(1000);
    return { before, left };
  },

  /** A module that forks as fast as it can, up to a number, beside one that counts; and one that may not fork. */
  async bomb() {
    const neighbour = await start({ script: "let n = 0; setInterval(() => console.log(n++), 5)" });
    await neighbour.firstLine;
    const bomb = `n=0; while [ $n -lt ${BOMB} ]; do n=$((n+1)); while :; do :; done & done; echo on; wait`;
    const bomber = await start({ program: "/bin/sh", args: ["-c", bomb], spawns: true });
    await bomber.firstLine;
    const most = marked().length;
    bomber.kill();
    await bomber.exited;
    const isNeighbourAlive = !neighbour.hasExited;
    neighbour.kill();
    await neighbour.exited;
    const refused = await start({ program: "/bin/sh", args: ["-c", "(exit 0) & echo forked"] });
    const { reason } = await refused.exited;
    const ungranted = { reason, output: await refused.output, said: refused.said() };
    return { most, isNeighbourAlive, left: await survivors(1000), ungranted };
  },

  /** A module that forks for ever, within the limits that a module has by default. */
  async endlessBomb() {
    if (order.bombFile === undefined) return undefined;
    const left: number[] = [];
    let most = 0;
    for (const end of ["requestTerm", "kill"] as const) {
      const bomber = await start({ program: order.bombFile, spawns: true, processes: 10 });
      await bomber.firstLine;
      most = Math.max(most, marked().length);
      bomber[end]();
      await bomber.exited;
      left.push(await survivors(1000));
    }
    return { most, left };
  },

  /** Modules start and end many times. */
  async cycles() {
    const descriptors = () => readdirSync("/proc/self/fd").length;
    const children = () =>
      readFileSync(`/proc/self/task/${process.pid}/children`, "latin1").trim().split(" ").filter(Boolean)
        .length;
    const once = async () => {
      const started = await start({ program: "/bin/true" });
      await started.exited;
      await started.output;
    };
    await once();
    const before = { descriptors: descriptors(), children: children() };
    for (let n = 0; n < 50; n++) await once();
    await until(() => descriptors() === before.descriptors);
    return { before, after: { descriptors: descriptors(), children: children() }, left: await survivors() };
  },

  /** A program that the sandbox can't run, and a sandbox that can't be set up. */
  async failures() {
    const found: Record<string, string> = {};
    for (const lacks of ["program", "code", "filter"] as const) {
      const started = await start(
        lacks === "program"
          ? { program: "/bin/true", lacks }
          : { script: "setInterval(() => {}, 1e3)", lacks },
      );
      const end = await started.exited;
      found[lacks] = tellEnd(end, started.said().trim());
      found[`${lacks} without words`] = tellEnd(end);
    }
    return found;
  },

  /** Runs until it is killed, with descendants that went away and modules that it is just starting. */
  async doomed() {
    const guardian = startGuardian(silentLogger);
    const modules = await Promise.all([
      start({ script: FORKS_AWAY, spawns: true }),
      start({ script: "console.log('on'); for (;;);" }),
    ]);
    for (const { pid, exited } of modules) guardian?.watch(pid ?? 0, exited);
    await Promise.all(modules.map(({ firstLine }) => firstLine));
    process.stdout.write(`${JSON.stringify({ doomed: marked() })}\n`);
    for (let n = 0; n < 20; n++) {
      const { pid, exited } = await start({ script: "for (;;);" });
      guardian?.watch(pid ?? 0, exited);
      await pause(20);
    }
    await new Promise(() => {});
  },
};
export type SceneName = keyof typeof scenes;
/** What the scenes found, by their names. */
export type Findings = { readonly [Name in SceneName]: Awaited<ReturnType<(typeof scenes)[Name]>> };

mkdirSync(join(order.folder, "sockets"), { recursive: true });
const found: Record<string, unknown> = {};
for (const name of order.scenes) found[name] = await scenes[name]();
process.stdout.write(`${JSON.stringify(found)}\n`, () => process.exit(0));
