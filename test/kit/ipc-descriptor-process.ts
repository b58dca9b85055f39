import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import { withDeadline } from "./ipc-deadline.js";

/**
 * A process with a socketpair on its descriptor 3, as modules have. It runs `script`; the host's end of the pair is
 * `channel`. Killed at the end of the scope.
 */
export interface DescriptorProcess extends AsyncDisposable {
  readonly channel: Duplex;
  readonly child: ChildProcess;
  readonly exited: Promise<void>;
  /** What the process was told on its standard input is read by the script. */
  tell(text: string): void;
}

export function startDescriptorProcess(script: string, args: readonly string[] = []): DescriptorProcess {
  const child = spawn(process.execPath, ["-e", script, ...args], {
    stdio: ["pipe", "inherit", "inherit", "pipe"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    // libuv makes a duplex socketpair of "pipe".
    channel: child.stdio[3] as Duplex,
    child,
    exited,
    tell: (text) => child.stdin?.write(text),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await withDeadline(exited, "the process to end");
    },
  };
}

/**
 * A script that writes what it is told, in hexadecimal, to descriptor 3, or to the socket path that is its argument,
 * and closes it when told "close".
 */
export const RELAY_SCRIPT = `
  const { connect, Socket } = require("node:net");
  const path = process.argv[1];
  const wire = path === undefined ? new Socket({ fd: 3, readable: true, writable: true }) : connect(path);
  wire.on("error", () => {}).resume();
  setInterval(() => {}, 60_000);
  const lines = require("node:readline").createInterface({ input: process.stdin });
  lines.on("close", () => process.exit());
  lines.on("line", (line) => {
    if (line === "close") wire.destroy();
    else wire.write(Buffer.from(line, "hex"));
  });
`;
