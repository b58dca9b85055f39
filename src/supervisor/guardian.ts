import { spawn } from "node:child_process";
import type { Writable } from "node:stream";
import { errorMessage } from "../errors.js";
import type { Logger } from "../log.js";

/** Outlives a host that is killed, just long enough to kill what the host had started. */
export interface Guardian {
  /** Keeps a process group in mind until `exited` resolves. */
  watch(groupId: number, exited: Promise<unknown>): void;
  /** Lets the guardian go; what it keeps in mind at that moment is killed. Idempotent. */
  close(): void;
}

/**
 * Reads "+ GROUP" and "- GROUP", one a line. Its input ends when the host does, however that happens; then it kills
 * the groups that are left.
 */
const SCRIPT = `
groups=
while read -r change group; do
  rest=
  for known in $groups; do [ "$known" = "$group" ] || rest="$rest $known"; done
  groups=$rest
  [ "$change" = + ] && groups="$groups $group"
done
for group in $groups; do kill -s KILL -- "-$group"; done
`;

/**
 * Starts a shell that kills the modules' process groups when this host dies. The kernel's death signal
 * (`setpriv --pdeathsig`) reaches only a module's first process; this reaches its children too, and works where the
 * kernel has no such signal. A child that called setsid(2) escapes both: only a pid namespace would hold it.
 * Without a shell it does nothing.
 */
export function startGuardian(log: Logger): Guardian | undefined {
  if (process.platform === "win32") return undefined;
  const stdin = startShell((error) => {
    log.warn(
      { reason: errorMessage(error) },
      "no shell to kill the modules' children if this host is killed",
    );
  });
  if (stdin === undefined) return undefined;
  // A guardian that was killed breaks its pipe; the modules run on without it.
  stdin.on("error", () => {});
  return {
    watch(groupId, exited) {
      stdin.write(`+ ${groupId}\n`);
      void exited.then(() => {
        if (!stdin.writableEnded) stdin.write(`- ${groupId}\n`);
      });
    },
    close() {
      stdin.end();
    },
  };
}

/** The shell's input; undefined when there is no shell to be had, also where a process has no descriptor left. */
function startShell(onFailure: (error: unknown) => void): Writable | undefined {
  try {
    // A session of its own: Ctrl-C in a terminal must not reach it.
    const shell = spawn("/bin/sh", ["-c", SCRIPT], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
      env: {},
    });
    shell.on("error", onFailure);
    shell.unref();
    return shell.stdin;
  } catch (error) {
    onFailure(error);
    return undefined;
  }
}
