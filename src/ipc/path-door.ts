import { randomBytes } from "node:crypto";
import { chmodSync, lchownSync } from "node:fs";
import { chmod, chown, mkdir, rmdir, unlink } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { ipcErrors } from "./errors.js";

/** sun_path holds 108 bytes on Linux and 104 on macOS, the last of them NUL. */
const MAX_PATH_BYTES = process.platform === "linux" ? 107 : 103;

/** Another user than the host, who is to come through the door. */
export interface DoorGuest {
  readonly uid: number;
  readonly gid: number;
}

/**
 * A Unix socket at `<socketDir>/<random>/node.sock` that lets in one connection each time it is opened.
 * The folder has mode 0700 before the socket exists. Its owner closes it; the socket and the folder are then gone.
 *
 * For a guest the folder stays the host's: the guest's group may pass through it (mode 0710) and the socket is the guest's
 * alone (mode 0600), so that nobody but root can put anything else in its place.
 */
export class PathDoor {
  readonly path: string;
  readonly #folder: string;
  readonly #guest: DoorGuest | undefined;
  #server: Server | undefined;

  private constructor(folder: string, path: string, guest?: DoorGuest) {
    this.#folder = folder;
    this.#guest = guest;
    this.path = path;
  }

  /** @throws SOCKET_PATH_TOO_LONG, or the file system's own error */
  static async create(socketDir: string, guest?: DoorGuest): Promise<PathDoor> {
    const random = randomBytes(6).toString("hex");
    // Windows has no such sockets; its named pipes live in a space of their own and leave nothing behind.
    if (process.platform === "win32") return new PathDoor("", `\\\\.\\pipe\\blvm-${random}`);
    const folder = join(socketDir, random);
    const door = new PathDoor(folder, join(folder, "node.sock"), guest);
    const bytes = Buffer.byteLength(door.path);
    if (bytes > MAX_PATH_BYTES) {
      throw ipcErrors.SOCKET_PATH_TOO_LONG({ path: door.path, bytes, limitBytes: MAX_PATH_BYTES });
    }
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      await chmod(folder, 0o700);
      if (guest !== undefined) {
        await chown(folder, process.getuid?.() ?? 0, guest.gid);
        await chmod(folder, 0o710);
      }
    } catch (error) {
      await rmdir(folder).catch(() => {});
      throw error;
    }
    return door;
  }

  /** Binds the path and hands on the first connection; the listener is closed and unlinked with it. */
  open(onConnection: (socket: Socket) => void): Promise<void> {
    const server = createServer((socket) => {
      if (this.#server !== server) {
        socket.destroy();
        return;
      }
      this.#server = undefined;
      server.close();
      onConnection(socket);
    });
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ path: this.path, backlog: 1 }, () => {
        server.off("error", reject);
        server.on("error", () => {});
        resolve();
      });
      // It is bound by now, or the error is on its way.
      if (server.listening) this.#giveToGuest();
    });
  }

  #giveToGuest(): void {
    if (this.#guest === undefined) return;
    const { uid, gid } = this.#guest;
    chmodSync(this.path, 0o600);
    lchownSync(this.path, uid, gid);
  }

  /** Stops listening and unlinks the socket; the door can be opened again. */
  shut(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.shut();
    if (this.#folder === "") return;
    await unlink(this.path).catch(ignoreMissing);
    await rmdir(this.#folder).catch(ignoreMissing);
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
