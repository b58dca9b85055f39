import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { tempDir } from "./process-temp-dir.js";

/** A Unix socket that passes everything on to another, until the test cuts the line. */
export interface Relay extends AsyncDisposable {
  readonly path: string;
  /** How many connections came so far. */
  readonly connections: number;
  /** Breaks the connections that are open now; the next one is passed on again. */
  cut(): void;
}

export async function startRelay(targetPath: string): Promise<Relay> {
  const dir = await tempDir();
  const path = join(dir.path, "relay.sock");
  const open = new Set<Socket>();
  let connections = 0;
  const server = createServer((near) => {
    connections++;
    const far = connect(targetPath);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from
        .on("error", () => {})
        .once("close", () => {
          open.delete(from);
          to.destroy();
        });
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    path,
    get connections() {
      return connections;
    },
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
      await dir[Symbol.asyncDispose]();
    },
  };
}
