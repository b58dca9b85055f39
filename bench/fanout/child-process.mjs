// @ts-check
import { fileURLToPath } from "node:url";
import { confirmingEnvironment, countConfirmations, startConfirming } from "./confirmations.mjs";
import { startSubscriber } from "./subscriber-process.mjs";

/** Node's own channel between parent and child, as it comes: `child.send` with its default JSON. */

const script = fileURLToPath(import.meta.url);

if (process.argv[1] === script) subscribe();

/** @type {import("./flow.mjs").StartPublisher} */
export async function startPublisher({ modules, outstanding, onConfirmed }) {
  const environment = confirmingEnvironment(outstanding);
  const subscribers = Array.from({ length: modules }, () =>
    startSubscriber(script, environment, { hasIpc: true }),
  );
  const confirmed = countConfirmations(subscribers, { outstanding, onConfirmed });
  await Promise.all(subscribers.map((each) => each.report()));

  let seq = 0;
  return {
    subscribers,
    publish(payload) {
      const event = {
        seq: ++seq,
        type: "MempoolTransactionAdded",
        payload,
        timestamp_ms: Date.now(),
        source: "node",
      };
      for (const { child } of subscribers) child.send(event);
    },
    confirmed,
    lost: () => 0,
    async close() {
      await Promise.all(subscribers.map((each) => each.close()));
    },
  };
}

function subscribe() {
  const confirm = startConfirming();
  process.on("message", (/** @type {{ seq: number }} */ { seq }) => confirm(seq));
}
