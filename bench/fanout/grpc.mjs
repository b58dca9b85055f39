// @ts-check
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { confirmingEnvironment, countConfirmations, startConfirming } from "./confirmations.mjs";
import { startSubscriber } from "./subscriber-process.mjs";

/** gRPC server streaming over a Unix socket: each module holds one stream open, the publisher writes to each of them. */

const script = fileURLToPath(import.meta.url);
const protoFile = fileURLToPath(new URL("./event.proto", import.meta.url));

if (process.argv[1] === script) await subscribe();

/** @type {import("./flow.mjs").StartPublisher} */
export async function startPublisher({ modules, outstanding, onConfirmed }) {
  const { Server, ServerCredentials } = await import("@grpc/grpc-js");
  const folder = mkdtempSync(join(tmpdir(), "blvm-bench-"));
  const address = `unix:${join(folder, "grpc.sock")}`;
  const server = new Server();
  const { service } = await loadEvents();
  /** @type {import("@grpc/grpc-js").ServerWritableStream<object, object>[]} */
  const streams = [];
  const allOpen = new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
    server.addService(service, {
      Subscribe(/** @type {import("@grpc/grpc-js").ServerWritableStream<object, object>} */ stream) {
        if (streams.push(stream) === modules) resolve();
      },
    });
  });
  await new Promise((/** @type {(value?: undefined) => void} */ resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
  const environment = { ...confirmingEnvironment(outstanding), GRPC_ADDRESS: address };
  const subscribers = Array.from({ length: modules }, () => startSubscriber(script, environment));
  const confirmed = countConfirmations(subscribers, { outstanding, onConfirmed });
  await allOpen;
  await Promise.all(subscribers.map((each) => each.report()));

  let seq = 0;
  return {
    subscribers,
    publish(payload) {
      const event = {
        seq: ++seq,
        timestamp_ms: Date.now(),
        source: "node",
        mempool_transaction_added: payload,
      };
      for (const stream of streams) stream.write(event);
    },
    confirmed,
    lost: () => 0,
    async close() {
      await Promise.all(subscribers.map((each) => each.close()));
      server.forceShutdown();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function subscribe() {
  const { credentials } = await import("@grpc/grpc-js");
  const Events = await loadEvents();
  const client = new Events(process.env.GRPC_ADDRESS ?? "", credentials.createInsecure());
  const stream = client.Subscribe({});
  const confirm = startConfirming();
  stream.on("data", (/** @type {{ seq: number }} */ { seq }) => confirm(seq));
}

/** The constructor of the service's client, which also carries the service's definition. */
async function loadEvents() {
  const { loadPackageDefinition } = await import("@grpc/grpc-js");
  const { loadSync } = await import("@grpc/proto-loader");
  const definition = loadSync(protoFile, { keepCase: true, longs: Number, defaults: true, oneofs: true });
  const { blvm } = /** @type {any} */ (loadPackageDefinition(definition));
  return blvm.bench.Events;
}
