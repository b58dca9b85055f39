import { closeSync, constants, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { controlErrors } from "./errors.js";

/** `sun_path` holds 108 bytes on Linux and 104 elsewhere, with a final NUL. */
const MAX_PATH_BYTES = process.platform === "linux" ? 107 : 103;
const SOCKET_NAME = "host.sock";

/** A name for the control socket that the kernel takes; valid until it is closed. */
export interface SocketPath {
  /** What `bind` and `connect` are given. */
  readonly path: string;
  close(): void;
}

/** Where the control socket of a data directory lies. */
export function controlSocketFile(dataDir: string): string {
  return join(dataDir, SOCKET_NAME);
}

/**
 * Names the control socket of a data directory, however deep that lies: where the path is too long for a socket
 * address, through the open directory. Whoever opens it closes it after the last use of the path.
 * @throws CONTROL_SOCKET_UNUSABLE when the path is too long on a system without /proc; ENOENT and the like
 */
export function openSocketPath(dataDir: string): SocketPath {
  const file = controlSocketFile(dataDir);
  if (Buffer.byteLength(file) <= MAX_PATH_BYTES) return { path: file, close() {} };
  if (!existsSync("/proc/self/fd")) {
    const reason = `the path has ${Buffer.byteLength(file)} bytes, a socket's may have ${MAX_PATH_BYTES}`;
    throw controlErrors.CONTROL_SOCKET_UNUSABLE({ path: file, reason });
  }
  const directory = openSync(dataDir, constants.O_RDONLY | constants.O_DIRECTORY);
  let isOpen = true;
  return {
    path: `/proc/self/fd/${directory}/${SOCKET_NAME}`,
    close() {
      if (isOpen) closeSync(directory);
      isOpen = false;
    },
  };
}
