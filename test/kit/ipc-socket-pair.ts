import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { withDeadline } from "./ipc-deadline.js";
import { tempDir } from "./process-temp-dir.js";

/** Two connected Unix stream sockets. Nothing of the path is left. */
export async function socketPair(): Promise<[Socket, Socket]> {
  await using dir = await tempDir();
  const path = join(dir.path, "pair.sock");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const accepted = new Promise<Socket>((resolve) => server.once("connection", resolve));
  const near = connect(path);
  const pair = await withDeadline(accepted, "the other end of a socket pair");
  server.close();
  return [near, pair];
}
