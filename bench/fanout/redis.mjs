// @ts-check
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startBroker } from "./broker.mjs";
import { confirmingEnvironment, countConfirmations, startConfirming } from "./confirmations.mjs";
import { createBodyDecoder, createBodyEncoder } from "./message-body.mjs";
import { startSubscriber } from "./subscriber-process.mjs";

/** Redis pub/sub: a server of its own on a Unix socket, without persistence; ioredis with automatic pipelining. */

const script = fileURLToPath(import.meta.url);
const CHANNEL = "MempoolTransactionAdded";

if (process.argv[1] === script) await subscribe();

/** @type {import("./flow.mjs").StartPublisher} */
export async function startPublisher({ modules, outstanding, onConfirmed }) {
  const { Redis } = await import("ioredis");
  const folder = mkdtempSync(join(tmpdir(), "blvm-bench-"));
  const path = join(folder, "redis.sock");
  const args = ["--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "no", "--dir", folder];
  const broker = await startBroker("redis-server", args, () => existsSync(path));
  const redis = new Redis({ path, enableAutoPipelining: true });
  await redis.ping();
  const environment = { ...confirmingEnvironment(outstanding), REDIS_PATH: path };
  const subscribers = Array.from({ length: modules }, () => startSubscriber(script, environment));
  const confirmed = countConfirmations(subscribers, { outstanding, onConfirmed });
  await Promise.all(subscribers.map((each) => each.report()));

  const encode = createBodyEncoder();
  return {
    subscribers,
    publish(payload) {
      const body = encode(payload);
      void redis.publish(CHANNEL, Buffer.from(body.buffer, body.byteOffset, body.length));
    },
    confirmed,
    lost: () => 0,
    broker: broker.use,
    async close() {
      redis.disconnect();
      await Promise.all(subscribers.map((each) => each.close()));
      await broker.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function subscribe() {
  const { Redis } = await import("ioredis");
  const redis = new Redis({ path: process.env.REDIS_PATH ?? "" });
  const seqOf = createBodyDecoder();
  await redis.subscribe(CHANNEL);
  const confirm = startConfirming();
  redis.on("messageBuffer", (_channel, body) => confirm(seqOf(body)));
}
