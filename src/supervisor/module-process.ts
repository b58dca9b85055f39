import type { ChildProcess } from "node:child_process";
import { Duplex, Readable, type Writable } from "node:stream";
import { errorCode, errorMessage } from "../errors.js";
import type { Logger } from "../log.js";
import { programPidOf, sandboxPidOf, spawnClean } from "../sandbox/index.js";
import { describeExit, describeSpawnFailure, type ExitReport, signalNames } from "./exit-report.js";
import type { LaunchCommand } from "./launch.js";

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
   * The child's descriptor on which a sandbox tells the pid of its first process. The module is a child of that one, and
   * the sandbox ends with 128 + its signal.
   */
  readonly infoDescriptor?: number | undefined;
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
  /** Sends SIGTERM to the module's program alone and counts as asking. */
  requestTerm(): void;
  /** Sends SIGKILL to the whole process group, which a stopped process can't escape either. */
  kill(): void;
}

/**
 * Starts a module as leader of a session and process group of its own, so that Ctrl-C in a terminal
 * reaches the host alone. Of the host's descriptors it inherits none. When it ends, what is left of
 * its group is killed; a child that called setsid(2) escapes that, and only a pid namespace would hold it.
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
  let hasExited = false;
  const exited = new Promise<ExitReport>((resolve) => {
    child.on("error", (error) => {
      if (child.pid === undefined) resolve(describeSpawnFailure(error, options.command, options.dataDir));
      else log.debug({ pid: child.pid, error: error.message }, "a signal to the module could not be sent");
    });
    child.once("exit", (code, signal) => {
      hasExited = true;
      if (child.pid !== undefined) killGroup(child.pid, log);
      resolve(describeExit(...unwrapExit(code, signal, options.infoDescriptor !== undefined), wasAsked));
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
  const program =
    options.infoDescriptor === undefined ? () => pid : followProgram(child.stdio[options.infoDescriptor]);
  return {
    pid,
    get programPid() {
      return hasExited ? undefined : program();
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
      const programPid = hasExited ? undefined : program();
      if (programPid === pid) child.kill("SIGTERM");
      else if (programPid !== undefined) signalProgram(programPid, log);
    },
    kill() {
      if (!hasExited) killGroup(pid, log);
    },
  };
}

/** A sandbox ends by itself, with 128 + the signal of the module in it. */
function unwrapExit(
  code: number | null,
  signal: string | null,
  isNested: boolean,
): [code: number | null, signal: string | null] {
  const inner = isNested && code !== null && code > 128 ? signalNames.get(code - 128) : undefined;
  return inner === undefined ? [code, signal] : [null, inner];
}

const MAX_INFO_CHARACTERS = 4096;

/** Reads what the sandbox tells of itself, and from then on looks for the module's process until it is there. */
function followProgram(info: unknown): () => number | undefined {
  let text = "";
  let programPid: number | undefined;
  if (info instanceof Readable) {
    info.setEncoding("latin1");
    info.on("data", (piece: string) => {
      if (text.length < MAX_INFO_CHARACTERS) text += piece;
    });
  }
  return () => {
    const sandboxPid = programPid === undefined ? sandboxPidOf(text) : undefined;
    if (sandboxPid !== undefined) programPid = programPidOf(sandboxPid);
    return programPid;
  };
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
