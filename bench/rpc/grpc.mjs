// @ts-check
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startSubscriber } from "../fanout/subscriber-process.mjs";
import { takeStints } from "./asking.mjs";
import { BLOCK_HASH, blockBytes, HEIGHT } from "./workload.mjs";

/** gRPC unary calls over a Unix socket: each client holds one channel and calls side by side on it. */

const script = fileURLToPath(import.meta.url);
const protoFile = fileURLToPath(new URL("./node.proto", import.meta.url));

if (process.argv[1] === script) await serveAsClient();

/** @type {import("./servers.mjs").StartServer} */
export async function startServer({ clients }) {
  const { Server, ServerCredentials, status } = await import("@grpc/grpc-js");
  const block = Buffer.from(blockBytes());
  const folder = mkdtempSync(join(tmpdir(), "blvm-bench-"));
  const address = `unix:${join(folder, "grpc.sock")}`;
  const server = new Server();
  const { service } = await loadNode();
  server.addService(service, {
    GetBlockHeight(/** @type {any} */ _call, /** @type {any} */ answer) {
      answer(null, { blocks: HEIGHT });
    },
    GetRawBlock(/** @type {any} */ { request }, /** @type {any} */ answer) {
      if (request.hash === BLOCK_HASH) answer(null, { raw: block });
      else answer({ code: status.NOT_FOUND });
    },
  });
  await new Promise((/** @type {(value?: undefined) => void} */ resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
  const processes = Array.from({ length: clients }, () => startSubscriber(script, { GRPC_ADDRESS: address }));
  return {
    processes,
    async close() {
      await Promise.all(processes.map((each) => each.close()));
      server.forceShutdown();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function serveAsClient() {
  const { credentials } = await import("@grpc/grpc-js");
  const Node = await loadNode();
  const client = new Node(process.env.GRPC_ADDRESS ?? "", credentials.createInsecure());
  const call = (/** @type {string} */ method, /** @type {object} */ request) =>
    new Promise((resolve, reject) => {
      client[method](request, (/** @type {Error | null} */ error, /** @type {any} */ answer) => {
        if (error === null) resolve(answer);
        else reject(error);
      });
    });
  takeStints({
    get_block_height: async () => (await call("GetBlockHeight", {})).blocks,
    get_raw_block: async (hash) => (await call("GetRawBlock", { hash })).raw,
  });
}

/** The constructor of the service's client, which also carries the service's definition. */
async function loadNode() {
  const { loadPackageDefinition } = await import("@grpc/grpc-js");
  const { loadSync } = await import("@grpc/proto-loader");
  const definition = loadSync(protoFile, { keepCase: true, longs: Number, defaults: true });
  const { blvm } = /** @type {any} */ (loadPackageDefinition(definition));
  return blvm.bench.Node;
}
