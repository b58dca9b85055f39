// @ts-check
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, createServer, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startSubscriber } from "../fanout/subscriber-process.mjs";
import { takeStints } from "./asking.mjs";
import { BLOCK_HASH, blockBytes, HEIGHT } from "./workload.mjs";

/** Node's own HTTP over a Unix socket: each client keeps as many connections alive as it has requests open. */

const script = fileURLToPath(import.meta.url);

if (process.argv[1] === script) serveAsClient();

/** @type {import("./servers.mjs").StartServer} */
export async function startServer({ clients }) {
  const block = blockBytes();
  const folder = mkdtempSync(join(tmpdir(), "blvm-bench-"));
  const path = join(folder, "http.sock");
  const server = createServer({ keepAliveTimeout: 60_000 }, ({ url }, response) => {
    if (url === "/height") response.end(String(HEIGHT));
    else if (url === `/block/${BLOCK_HASH}`) response.setHeader("content-length", block.length).end(block);
    else response.writeHead(404).end();
  });
  await new Promise((/** @type {(value?: undefined) => void} */ resolve) =>
    server.listen(path, () => resolve()),
  );
  const processes = Array.from({ length: clients }, () => startSubscriber(script, { HTTP_SOCKET: path }));
  return {
    processes,
    async close() {
      await Promise.all(processes.map((each) => each.close()));
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function serveAsClient() {
  const socketPath = process.env.HTTP_SOCKET ?? "";
  const agent = new Agent({ keepAlive: true });
  const read = (/** @type {string} */ path) =>
    new Promise((/** @type {(body: Buffer) => void} */ resolve, reject) => {
      get({ socketPath, agent, path }, (response) => {
        /** @type {Buffer[]} */
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.once("end", () => {
          if (response.statusCode === 200) resolve(Buffer.concat(chunks));
          else reject(new Error(`${path} was answered with ${response.statusCode}`));
        });
      }).once("error", reject);
    });
  takeStints({
    get_block_height: async () => Number(await read("/height")),
    get_raw_block: (hash) => read(`/block/${hash}`),
  });
}
