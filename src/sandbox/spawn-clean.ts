import { type ChildProcess, spawn } from "node:child_process";
import { openSync } from "node:fs";
import { closeQuietly } from "./close-quietly.js";
import type { SandboxedCommand } from "./launch-request.js";
import { leakedDescriptors } from "./leaked-descriptors.js";

/** What is started, and what it is started with. */
export interface CleanSpawn
  extends Pick<SandboxedCommand, "command" | "args" | "environment" | "workingDir"> {
  /** Further open descriptors, by the number that they get in the child. The caller closes its own. */
  readonly descriptors?: ReadonlyMap<number, number> | undefined;
  /** A further pipe by which the child tells; see `SandboxedCommand.infoDescriptor`. */
  readonly infoDescriptor?: number | undefined;
}

/**
 * Starts a process as leader of a session and process group of its own, with pipes for descriptors 0 to 3, the given
 * ones, and no other: what the host's own starter left open is the null device there. Its environment is the given one.
 * @throws what spawn throws at once; other failures are the child's "error" event
 */
export function spawnClean({
  command,
  args,
  environment,
  workingDir,
  descriptors = new Map(),
  infoDescriptor,
}: CleanSpawn): ChildProcess {
  const stdio: ("pipe" | "ignore" | number)[] = ["pipe", "pipe", "pipe", "pipe"];
  const put = (fd: number, what: "pipe" | number) => {
    while (stdio.length < fd) stdio.push("ignore");
    stdio[fd] = what;
  };
  const devNull = openSync("/dev/null", "r+");
  try {
    for (const fd of leakedDescriptors()) put(fd, devNull);
    for (const [fd, file] of descriptors) put(fd, file);
    if (infoDescriptor !== undefined) put(infoDescriptor, "pipe");
    // Node.js copies its own NODE_V8_COVERAGE into every child that doesn't name it.
    const env = { ...environment, NODE_V8_COVERAGE: undefined };
    return spawn(command, args, { cwd: workingDir, env, stdio, detached: true });
  } finally {
    closeQuietly(devNull);
  }
}
