import type { ChildProcess } from "node:child_process";
import { Duplex, Readable, type Writable } from "node:stream";
import { deadline, monotonicScheduler } from "../clock.js";
import { errorCode, errorMessage } from "../errors.js";
import type { Logger } from "../log.js";
import { followStatus, type SandboxStatus, spawnClean } from "../sandbox/index.js";
import { describeExit, describeSandboxExit, describeSpawnFailure, type ExitReport } from "./exit-report.js";
import type { LaunchCommand } from "./launch.js";
import { killStragglers } from "./stragglers.js";

export interface SpawnOptions extends LaunchCommand {
  /** The whole environment of the child. */
  readonly environment: Readonly<Record<string, string>>;
  /** Working directory; must exist. */
  readonly dataDir: string;
  /** One-time token: the first and only line of the child's standard input. */
  readonly token: string;
  /** Further open descriptors, by the number that they get in the child. The caller closes its own. */
  readonly descriptors?: ReadonlyMap<number, number> | undefined;
  /**
   * The child's descriptor on which a sandbox tells of itself: what was started is the sandbox then, and the module's
   * program runs within.
   */
  readonly infoDescriptor?: number | undefined;
  /** Whether whatever the child starts ends with it by itself. Default: no. */
  readonly holdsProcesses?: boolean;
}

/**
 * One run of a module's program: a process, its descriptor 3, its output.
 * The owner reads `stdout` and `stderr` (unread, they hold the module up) and closes `channel`.
 */
export interface ModuleProcess {
  /** The process that was started, leader of its group; undefined when it could not be started. */
  readonly pid: number | undefined;
  /** The process that runs the module's program: `pid`, or, in a sandbox, one within; undefined until it is there. */
  readonly programPid: number | undefined;
  /** The host's end of descriptor 3; already destroyed when the process could not be started. */
  readonly channel: Duplex;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves once, never rejects; output and channel may still hold bytes then. */
  readonly exited: Promise<ExitReport>;
  readonly hasExited: boolean;
  /** From now on an end counts as asked for. Sends nothing. */
  noteStopAsked(): void;
  /**
   * Sends SIGTERM to the module's program alone and counts as asking. Where a sandbox hasn't come as far as running it,
   * the sandbox is killed: there is nothing yet that could end in good order.
   */
  requestTerm(): void;
  /** Sends SIGKILL to the whole process group, which a stopped process can't escape either. */
  kill(): void;
}

/**
 * Starts a module as leader of a session and process group of its own, so that Ctrl-C in a terminal
 * reaches the host alone. Of the host's descriptors it inherits none. When it ends, what is left of
 * its group is killed, and what left the group is looked for by MODULE_ID in its environment; a child that called
 * setsid(2) and erased its environment escapes that, and only a pid namespace would hold it.
 * Call it on the main thread: the kernel ties a `--pdeathsig` child to the thread that started it.
 * A failure to start (ENOENT, EACCES, EAGAIN, E2BIG, …) is an ExitReport; never throws.
 */
export function spawnModule({ log }: { readonly log: Logger }, options: SpawnOptions): ModuleProcess {
  let child: ChildProcess;
  try {
    child = spawnClean({ ...options, workingDir: options.dataDir });
  } catch (error) {
    const report = describeSpawnFailure(error, options.command, options.dataDir);
    return neverStarted(Promise.resolve(report));
  }
  let wasAsked = false;
  let wasKilled = false;
  let hasExited = false;
  const info = options.infoDescriptor === undefined ? undefined : child.stdio?.[options.infoDescriptor];
  const status = info instanceof Readable ? followStatus(info) : undefined;
  const { MODULE_ID: moduleId } = options.environment;
  const sweep = async () => {
    if (moduleId !== undefined && options.holdsProcesses !== true)
      await killStragglers({ log }, ["MODULE_ID", moduleId]);
  };
  const exited = new Promise<ExitReport>((resolve) => {
    child.on("error", (error) => {
      if (child.pid === undefined) resolve(describeSpawnFailure(error, options.command, options.dataDir));
      else log.debug({ pid: child.pid, error: error.message }, "a signal to the module could not be sent");
    });
    child.once("exit", (code, signal) => {
      hasExited = true;
      if (child.pid !== undefined) killGroup(child.pid, log);
      const swept = sweep();
      if (status === undefined) {
        const report = describeExit(code, signal, wasAsked);
        void swept.then(() => resolve(report));
      } else {
        void Promise.all([lastWords(status), swept]).then(([told]) => {
          // Of a group that is killed one dies first, and another may still tell a code of its own for that.
          const isOurs = wasKilled && told === undefined;
          resolve(describeSandboxExit(code, isOurs ? "SIGKILL" : signal, told, wasAsked));
        });
      }
    });
  });
  // A process that is gone, or that never was, breaks its pipes; its ExitReport tells that already.
  const pipes: readonly (Duplex | Readable | Writable | null | undefined)[] | undefined = child.stdio;
  for (const pipe of pipes ?? []) pipe?.on("error", () => {});
  if (child.pid === undefined) return neverStarted(exited);
  const { pid, stdin, stdout, stderr } = child;
  const channel = child.stdio[3];
  if (stdin === null || stdout === null || stderr === null || !(channel instanceof Duplex)) {
    throw new TypeError("the runtime opened no duplex pipe for descriptor 3");
  }
  stdin.end(`${options.token}\n`);
  let programPid = status === undefined ? pid : undefined;
  const kill = () => {
    if (hasExited) return;
    wasKilled = true;
    killGroup(pid, log);
  };
  const termProgram = () => {
    const found = hasExited ? undefined : status?.findProgram();
    if (found === undefined) kill();
    else signalProgram(found, log);
  };
  return {
    pid,
    get programPid() {
      if (!hasExited) programPid ??= status?.findProgram();
      return hasExited ? undefined : programPid;
    },
    channel,
    stdout,
    stderr,
    exited,
    get hasExited() {
      return hasExited;
    },
    noteStopAsked() {
      wasAsked = true;
    },
    requestTerm() {
      wasAsked = true;
      if (status === undefined) child.kill("SIGTERM");
      else void status.begun.then(termProgram);
    },
    kill,
  };
}

/** A sandbox that ended has told everything, unless somebody else holds its descriptor. */
const LAST_WORDS_MS = 500;

/** How the program ended in a sandbox that is gone; waits at most {@link LAST_WORDS_MS}. */
function lastWords(status: SandboxStatus): Promise<number | undefined> {
  return new Promise((resolve) => {
    const limit = deadline(monotonicScheduler, LAST_WORDS_MS, () => status.close());
    void status.finished.then(() => {
      limit.unsubscribe();
      resolve(status.exitCode);
    });
  });
}

function signalProgram(pid: number, log: Logger): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch (error) {
    log.debug({ pid, error: errorMessage(error) }, "a signal to the module could not be sent");
  }
}

// After the leader was reaped its number stays taken as long as its group has members.
function killGroup(pid: number, log: Logger): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (errorCode(error) !== "ESRCH") {
      log.warn({ pid, error: errorMessage(error) }, "the module's process group could not be killed");
    }
  }
}

function neverStarted(exited: Promise<ExitReport>): ModuleProcess {
  const ignore = () => {};
  return {
    pid: undefined,
    programPid: undefined,
    channel: new Duplex({ read: ignore, write: ignore }).destroy(),
    stdout: new Readable({ read: ignore }).destroy(),
    stderr: new Readable({ read: ignore }).destroy(),
    exited,
    hasExited: true,
    noteStopAsked: ignore,
    requestTerm: ignore,
    kill: ignore,
  };
}
