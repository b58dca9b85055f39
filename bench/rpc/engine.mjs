// @ts-check
import { fileURLToPath } from "node:url";
import { openEngineHost } from "../engine-host.mjs";
import { startSubscriber } from "../fanout/subscriber-process.mjs";
import { takeStints } from "./asking.mjs";
import { BLOCK_HASH, blockBytes, HEIGHT } from "./workload.mjs";

/**
 * This engine: the node's API behind real connections with permissions, audit and checked parameters on one side, real
 * modules through the SDK, which checks the answers, on the other. Only the limit of requests a second is lifted.
 */

const script = fileURLToPath(import.meta.url);

if (process.argv[1] === script) await serveAsClient();

/** @type {import("./servers.mjs").StartServer} */
export async function startServer({ clients }) {
  const block = blockBytes();
  const host = await openEngineHost({
    modules: clients,
    capabilities: ["read_blockchain", "read_chain_state", "subscribe_events"],
    ipc: { requests_per_second: 0 },
    chain: {
      name: "scripted",
      tip: () => ({ hash: BLOCK_HASH, heightBlocks: HEIGHT }),
      chainInfo: () => undefined,
      queries: { block: async (hash) => (hash === BLOCK_HASH ? block : undefined) },
    },
  });
  const processes = host.doors.map(({ endpoint, environment }) => {
    const client = startSubscriber(script, { ...environment, BLVM_IPC_FD: "3" });
    endpoint.adopt(client.channel, () => false);
    return client;
  });
  await host.allLoaded;
  return {
    processes,
    async close() {
      await host.disconnect();
      await Promise.all(processes.map((each) => each.close()));
      host.close();
    },
  };
}

async function serveAsClient() {
  const { ModuleIntegration } = await import("../../dist/sdk/bundled.js");
  const module = await ModuleIntegration.connect();
  const { nodeApi } = module;
  await module.subscribeEvents([]);
  takeStints({
    get_block_height: () => nodeApi.getBlockHeight(),
    get_raw_block: (hash) => nodeApi.getRawBlock(hash),
    get_block: (hash) => nodeApi.getBlock(hash),
  });
}
