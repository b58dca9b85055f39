import { spawn, spawnSync } from "node:child_process";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { constants } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type TempDir, tempDir } from "../../kit/process-temp-dir.js";

const FILTER_FD = 5;
const RUN_LIMIT_MS = 20_000;

export interface ProgramRun {
  readonly output: string;
  readonly errors: string;
  /** 128 + the signal that ended the program. */
  readonly exitCode: number | null;
}

/** A folder that every user can look into; removed at the end of the scope. */
export async function openTempDir(): Promise<TempDir> {
  const dir = await tempDir();
  await chmod(dir.path, 0o755);
  return dir;
}

/** Whoever runs the tests, what they try is tried by somebody without privileges. */
function asOrdinaryUser(): string[] {
  const nobody = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--"];
  return process.getuid?.() === 0 ? nobody : [];
}

/**
 * Runs a command under bubblewrap with a filter, or without one: in namespaces of its own, so that nothing it makes is
 * left, but with all files of the machine in sight.
 */
export async function runFiltered(
  folder: string,
  filter: Uint8Array | undefined,
  command: readonly string[],
  { input = "", bubblewrap = [] }: { readonly input?: string; readonly bubblewrap?: readonly string[] } = {},
): Promise<ProgramRun> {
  const file = join(folder, "filter.bpf");
  if (filter !== undefined) writeFileSync(file, filter);
  const fd = filter === undefined ? undefined : openSync(file, "r");
  try {
    const spaces = ["user", "ipc", "pid", "net", "uts"].map((name) => `--unshare-${name}`);
    const places = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/dev/shm"];
    const seccomp = fd === undefined ? [] : ["--seccomp", String(FILTER_FD)];
    const line = [...asOrdinaryUser(), "bwrap", "--die-with-parent", ...spaces, ...places, ...bubblewrap];
    return await runLine(
      [...line, ...seccomp, "--", ...command],
      new Map(fd === undefined ? [] : [[FILTER_FD, fd]]),
      {
        input,
      },
    );
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Runs a command line to its end, at most 20 s, and collects what it says. */
export function runLine(
  [command = "", ...args]: readonly string[],
  descriptors: ReadonlyMap<number, number>,
  {
    input = "",
    workingDir = "/",
    environment = { PATH: process.env.PATH },
    infoDescriptor,
  }: {
    readonly input?: string;
    readonly workingDir?: string;
    readonly environment?: Readonly<Record<string, string | undefined>>;
    /** Where bubblewrap tells of itself: it must be able to, but nobody looks at it here. */
    readonly infoDescriptor?: number | undefined;
  },
): Promise<ProgramRun> {
  const stdio: ("pipe" | "ignore" | number)[] = ["pipe", "pipe", "pipe"];
  for (const [fd, file] of descriptors) {
    while (stdio.length < fd) stdio.push("ignore");
    stdio[fd] = file;
  }
  if (infoDescriptor !== undefined) stdio[infoDescriptor] = "pipe";
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio,
      cwd: workingDir,
      env: { ...environment },
      detached: true,
    });
    const killGroup = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // Nobody of the group is left.
      }
    };
    const limit = setTimeout(killGroup, RUN_LIMIT_MS);
    let output = "";
    let errors = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    child.stdin?.on("error", () => {}).end(input);
    child.once("error", reject);
    // A bubblewrap that fails may leave behind a child that waits for it for ever.
    child.once("exit", killGroup);
    child.once("close", (exitCode) => {
      clearTimeout(limit);
      resolve({ output, errors, exitCode });
    });
  });
}

/** Compiles the program that makes system calls by number; returns its path. */
export function compileCaller(folder: string): string {
  const source = fileURLToPath(new URL("caller.c", import.meta.url));
  const program = join(folder, "caller");
  const { status, stderr } = spawnSync("gcc", ["-O1", "-o", program, source], {
    encoding: "utf8",
    timeout: 20_000,
  });
  if (status !== 0) throw new Error(`gcc: ${stderr}`);
  return program;
}

const errnoNames = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** Reads what the caller printed: names of errnos, "ok" for a call that succeeded. */
export function errnosOf(output: string): string[] {
  const name = (line: string) => (line === "0" ? "ok" : (errnoNames.get(Number(line)) ?? line));
  return output.trim().split("\n").map(name);
}
