// @ts-check
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { confirmingEnvironment, countConfirmations, startConfirming } from "./confirmations.mjs";
import { createBodyDecoder, createBodyEncoder } from "./message-body.mjs";
import { startSubscriber } from "./subscriber-process.mjs";

/**
 * ZeroMQ over ipc://: an XPUB, which is a PUB that tells who subscribed, and a SUB in each module. Its mark is raised
 * from 1000 to four times what may be outstanding, so that it never drops: it hears late of what was read.
 */

const script = fileURLToPath(import.meta.url);

if (process.argv[1] === script) await subscribe();

/** @type {import("./flow.mjs").StartPublisher} */
export async function startPublisher({ modules, outstanding, onConfirmed }) {
  const { XPublisher } = await import("zeromq");
  const folder = mkdtempSync(join(tmpdir(), "blvm-bench-"));
  const address = `ipc://${join(folder, "events")}`;
  const socket = new XPublisher({ linger: 0, sendHighWaterMark: 4 * outstanding });
  // Without it a subscription that another module made already is not told.
  socket.verbosity = "allSubs";
  await socket.bind(address);
  const environment = { ...confirmingEnvironment(outstanding), ZEROMQ_ADDRESS: address };
  const subscribers = Array.from({ length: modules }, () => startSubscriber(script, environment));
  const confirmed = countConfirmations(subscribers, { outstanding, onConfirmed });
  for (let subscribed = 0; subscribed < modules; subscribed++) await socket.receive();
  await Promise.all(subscribers.map((each) => each.report()));

  const encode = createBodyEncoder();
  /** @type {Uint8Array[]} */
  const queue = [];
  let isSending = false;
  // One send at a time is all that a socket allows.
  const send = async () => {
    isSending = true;
    for (let body = queue.shift(); body !== undefined; body = queue.shift()) await socket.send(body);
    isSending = false;
  };
  return {
    subscribers,
    publish(payload) {
      queue.push(encode(payload));
      if (!isSending) void send();
    },
    confirmed,
    lost: () => 0,
    async close() {
      await Promise.all(subscribers.map((each) => each.close()));
      socket.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function subscribe() {
  const { Subscriber } = await import("zeromq");
  const socket = new Subscriber();
  socket.connect(process.env.ZEROMQ_ADDRESS ?? "");
  socket.subscribe();
  const seqOf = createBodyDecoder();
  const confirm = startConfirming();
  for await (const [body] of socket) confirm(seqOf(/** @type {Buffer} */ (body)));
}
