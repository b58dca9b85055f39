import type { ChildProcess } from "node:child_process";
import { Readable } from "node:stream";
import type { SchedulerLike, Subscription } from "rxjs";
import { deadline } from "../../clock.js";
import { errorMessage } from "../../errors.js";
import type { SandboxedCommand } from "../launch-request.js";
import { programPidOf } from "../program-pid.js";
import { sandboxPidOf } from "../sandbox-status.js";
import { spawnClean } from "../spawn-clean.js";

export interface RunTerms {
  readonly scheduler: SchedulerLike;
  /** The program prints this many bytes to standard output, then waits for the end of its standard input. */
  readonly outputBytes: number;
  /** From its start to its end; then its process group is killed. */
  readonly deadlineMs: number;
  /** Called when everything was printed and the program still runs. */
  readonly onPrinted: (pid: number) => void;
}

export type RunResult =
  | { readonly isRun: true; readonly output: Buffer }
  /** Why not: what it printed to standard error, or how it ended; one line, without control characters. */
  | { readonly isRun: false; readonly reason: string; readonly isLate?: boolean };

const MAX_WORDS = 300;
const MAX_INFO_BYTES = 4096;
const INFO_PATIENCE_MS = 500;

/**
 * Runs a command to its end and collects what it prints. Further output is thrown away. Never rejects; afterwards
 * nothing of its process group is left.
 */
export function runProgram(command: SandboxedCommand, terms: RunTerms): Promise<RunResult> {
  const { scheduler, outputBytes, deadlineMs, onPrinted } = terms;
  let child: ChildProcess;
  try {
    child = spawnClean(command);
  } catch (error) {
    return Promise.resolve({ isRun: false, reason: oneLine(errorMessage(error)) });
  }
  return new Promise((resolve) => {
    const output = new Head(outputBytes);
    const complaints = new Head(MAX_WORDS * 4);
    const info = new Head(MAX_INFO_BYTES);
    const pipes: readonly unknown[] = child.stdio ?? [];
    for (const pipe of pipes) {
      if (typeof pipe === "object" && pipe !== null && "on" in pipe) (pipe as Readable).on("error", () => {});
    }
    const read = (pipe: unknown, head: Head, onData = () => {}) => {
      if (!(pipe instanceof Readable)) return;
      pipe.on("data", (piece: Buffer) => {
        head.take(piece);
        onData();
      });
    };
    let isTold = false;
    const tell = (pid: number | undefined) => {
      if (isTold) return;
      isTold = true;
      patience?.unsubscribe();
      if (pid !== undefined) onPrinted(pid);
      child.stdin?.end();
    };
    let patience: Subscription | undefined;
    const look = () => {
      if (isTold || !output.isFull) return;
      const pid = programPid(child, command, info);
      if (pid !== undefined) tell(pid);
      // What the sandbox says of itself may be read later than what the program prints.
      else patience ??= deadline(scheduler, INFO_PATIENCE_MS, () => tell(programPid(child, command, info)));
    };
    read(child.stderr, complaints);
    if (command.infoDescriptor !== undefined) read(pipes[command.infoDescriptor], info, look);
    read(pipes[3], new Head(0));
    read(child.stdout, output, look);
    let isLate = false;
    const timer = deadline(scheduler, deadlineMs, () => {
      isLate = true;
      killGroup(child.pid);
      // Whoever keeps a pipe open beyond that is not waited for.
      end(undefined);
    });
    let isOver = false;
    const end = (how: string | undefined) => {
      // Its number may be another process's by now.
      if (isOver) return;
      isOver = true;
      timer.unsubscribe();
      patience?.unsubscribe();
      killGroup(child.pid);
      for (const pipe of pipes) if (pipe instanceof Readable) pipe.destroy();
      const said = oneLine(complaints.bytes.toString("utf8"));
      if (isLate)
        resolve({
          isRun: false,
          reason: `did not end within ${deadlineMs} ms${said && `: ${said}`}`,
          isLate,
        });
      else if (how === undefined && output.isFull) resolve({ isRun: true, output: output.bytes });
      else resolve({ isRun: false, reason: said || how || "printed something else than it was to" });
    };
    child.once("error", (error) => end(oneLine(error.message)));
    child.once("close", (code, signal) => {
      end(code === 0 ? undefined : `ended with ${signal ?? `exit code ${code}`}`);
    });
  });
}

function programPid(
  child: ChildProcess,
  { infoDescriptor }: SandboxedCommand,
  info: Head,
): number | undefined {
  if (infoDescriptor === undefined) return child.pid;
  const sandboxPid = sandboxPidOf(info.bytes.toString("latin1"));
  return sandboxPid === undefined ? undefined : programPidOf(sandboxPid);
}

/** The leader may be gone; its number stays taken as long as its group has members. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing of it is left.
  }
}

function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .trim()
    .slice(0, MAX_WORDS);
}

/** The first bytes of a stream. */
class Head {
  readonly #limitBytes: number;
  readonly #pieces: Buffer[] = [];
  #held = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  take(piece: Buffer): void {
    const room = this.#limitBytes - this.#held;
    if (room <= 0) return;
    const taken = piece.subarray(0, room);
    this.#pieces.push(taken);
    this.#held += taken.length;
  }

  get isFull(): boolean {
    return this.#held >= this.#limitBytes;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}
