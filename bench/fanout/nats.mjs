// @ts-check
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startBroker } from "./broker.mjs";
import { confirmingEnvironment, countConfirmations, startConfirming } from "./confirmations.mjs";
import { createBodyDecoder, createBodyEncoder } from "./message-body.mjs";
import { startSubscriber } from "./subscriber-process.mjs";

/** NATS core: a server of its own on the loopback, its defaults, no persistence. */

const script = fileURLToPath(import.meta.url);
const SUBJECT = "blvm.MempoolTransactionAdded";

if (process.argv[1] === script) await subscribe();

/** @type {import("./flow.mjs").StartPublisher} */
export async function startPublisher({ modules, outstanding, onConfirmed }) {
  const { connect } = await import("@nats-io/transport-node");
  const folder = mkdtempSync(join(tmpdir(), "blvm-bench-"));
  let url = "";
  const args = ["--addr", "127.0.0.1", "--port", "-1", "--ports_file_dir", folder];
  const broker = await startBroker("nats-server", args, () => {
    url = servedUrl(folder);
    return url;
  });
  const connection = await connect({ servers: url });
  const environment = { ...confirmingEnvironment(outstanding), NATS_URL: url };
  const subscribers = Array.from({ length: modules }, () => startSubscriber(script, environment));
  const confirmed = countConfirmations(subscribers, { outstanding, onConfirmed });
  await Promise.all(subscribers.map((each) => each.report()));

  const encode = createBodyEncoder();
  return {
    subscribers,
    publish: (payload) => connection.publish(SUBJECT, encode(payload)),
    confirmed,
    lost: () => 0,
    broker: broker.use,
    async close() {
      await connection.close();
      await Promise.all(subscribers.map((each) => each.close()));
      await broker.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * The address in the file that the server writes when it listens; empty until then.
 * @param {string} folder
 */
function servedUrl(folder) {
  const [file] = readdirSync(folder).filter((name) => name.endsWith(".ports"));
  const text = file === undefined ? "" : readFileSync(join(folder, file), "utf8");
  return /"(nats:\/\/[^"]+)"/.exec(text)?.[1] ?? "";
}

async function subscribe() {
  const { connect } = await import("@nats-io/transport-node");
  const connection = await connect({ servers: process.env.NATS_URL ?? "" });
  const seqOf = createBodyDecoder();
  /** @type {(seq: number) => void} */
  let confirm = () => {};
  connection.subscribe(SUBJECT, {
    callback(error, message) {
      if (error !== null) throw error;
      confirm(seqOf(message.data));
    },
  });
  // The server has the subscription when it answered the ping behind it.
  await connection.flush();
  confirm = startConfirming();
}
