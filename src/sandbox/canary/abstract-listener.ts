import { randomBytes } from "node:crypto";
import { createServer } from "node:net";

/** A listening Unix socket without a file; whoever opened it closes it. */
export interface AbstractListener {
  /** Its name as it stands in a socket address, the leading zero byte included. */
  readonly name: Buffer;
  close(): void;
}

/** Length of sun_path. The whole of it is used: some runtimes fill shorter names up with zero bytes. @see unix(7) */
const NAME_BYTES = 108;

/** Listens until it is closed, and hangs up on whoever comes. @returns undefined where the system or runtime can't */
export function openAbstractListener(): Promise<AbstractListener | undefined> {
  const name = `\0blvm-canary-${randomBytes(16).toString("hex")}`.padEnd(NAME_BYTES, "-");
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen(name, () => {
      server.unref();
      resolve({ name: Buffer.from(name, "latin1"), close: () => void server.close() });
    });
  });
}
