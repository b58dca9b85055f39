import { type ExecFileOptions, execFile } from "node:child_process";

export interface ProgramAnswer {
  /** Undefined when it ended with code 0. */
  readonly error: Error | undefined;
  readonly output: string;
}

/** Runs a program of the system to its end and resolves with what it printed. Never rejects, and no broken pipe throws. */
export function askProgram(
  command: string,
  args: readonly string[],
  options: Pick<ExecFileOptions, "cwd" | "timeout" | "maxBuffer" | "uid" | "gid">,
): Promise<ProgramAnswer> {
  return new Promise((resolve) => {
    try {
      const all = { ...options, env: {}, killSignal: "SIGKILL" } as const;
      const child = execFile(command, args, all, (error, output) =>
        resolve({ error: error ?? undefined, output }),
      );
      // What breaks a pipe is told by the program's end as well.
      for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe?.on("error", () => {});
    } catch (error) {
      resolve({ error: error instanceof Error ? error : new Error(String(error)), output: "" });
    }
  });
}
