import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { isMainThread } from "node:worker_threads";
import type { SchedulerLike } from "rxjs";
import { deadline, monotonicScheduler } from "../clock.js";
import { errorCode, errorMessage } from "../errors.js";
import { ControlConnection, type ControlServerDependencies } from "./control-connection.js";
import { controlErrors } from "./errors.js";
import { removeHostFile, writeHostFile } from "./host-file.js";
import { controlSocketFile, openSocketPath, type SocketPath } from "./socket-path.js";

export interface ControlServerOptions {
  /** The host's data directory; the caller holds its lock, so that nobody else's socket can be in it. */
  readonly dataDir: string;
  readonly scheduler?: SchedulerLike;
}

export interface ControlServer {
  /**
   * Opens `host.sock` (mode 0600) and writes `host.json`. What a killed host left behind is replaced.
   * @throws CONTROL_SOCKET_UNUSABLE
   */
  start(host: { readonly httpUrl: string | undefined }): Promise<void>;
  /**
   * Removes both, sends what is answered already, and cuts what is left a second later. Idempotent.
   * A method that waits for this call must not be awaited by it: it is cut too.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const MAX_CONNECTIONS = 64;
const CLOSE_GRACE_MS = 1_000;

/**
 * The control door of a host: JSON-RPC 2.0 over a Unix socket in the data directory, one message a line.
 * Whoever may open the socket may do everything, so only the host's own user may.
 *
 * `tap {types}` is answered and then followed by notifications `event` with an envelope each; when 1 MiB waits
 * unread, the newest events are dropped and a notification `dropped` {count, from_seq, to_seq} stands in their place.
 * @see https://www.jsonrpc.org/specification
 */
export function createControlServer(
  deps: ControlServerDependencies,
  options: ControlServerOptions,
): ControlServer {
  const { dataDir, scheduler = monotonicScheduler } = options;
  const connections = new Set<ControlConnection>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const connection = new ControlConnection(deps, socket);
    connections.add(connection);
    socket.on("close", () => connections.delete(connection));
  });
  server.maxConnections = MAX_CONNECTIONS;
  let address: SocketPath | undefined;
  let closing: Promise<void> | undefined;

  async function shutDown(): Promise<void> {
    if (address === undefined) return;
    await removeHostFile(dataDir).catch((error: unknown) => {
      // The next host replaces it.
      deps.log.warn({ reason: errorMessage(error) }, "host.json could not be removed");
    });
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    for (const connection of connections) connection.end();
    const grace = deadline(scheduler, CLOSE_GRACE_MS, () => {
      for (const connection of connections) connection.destroy();
    });
    await closed;
    grace.unsubscribe();
    address.close();
  }

  function close(): Promise<void> {
    closing ??= shutDown();
    return closing;
  }

  return {
    async start({ httpUrl }) {
      try {
        const opened = openSocketPath(dataDir);
        address = opened;
        removeStaleSocket(opened.path);
        await listen(server, opened.path);
        server.on("error", (error) =>
          deps.log.error({ err: error }, "the control door could not accept a connection"),
        );
        await writeHostFile(dataDir, { pid: process.pid, http_url: httpUrl ?? null });
      } catch (cause) {
        await close();
        const path = controlSocketFile(dataDir);
        throw controlErrors.CONTROL_SOCKET_UNUSABLE({ path, reason: errorMessage(cause) }, { cause });
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Anything but a socket is somebody's file and stays. */
function removeStaleSocket(path: string): void {
  try {
    if (!lstatSync(path).isSocket()) throw new Error("a file that is no socket has its name");
    unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    const ready = () => {
      server.off("error", reject);
      resolve();
    };
    // The socket must not be open to others between bind and chmod, also in a directory that others may enter.
    // Binding happens within the call; a worker thread can't change the mask and relies on chmod.
    const mask = isMainThread ? process.umask(0o177) : undefined;
    try {
      server.listen(path, ready);
    } finally {
      if (mask !== undefined) process.umask(mask);
    }
  });
  chmodSync(path, 0o600);
}
