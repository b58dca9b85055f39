// @ts-check
import { fileURLToPath } from "node:url";
import { map, Subject } from "rxjs";
import { confirmingEnvironment, countConfirmations } from "./confirmations.mjs";
import { createBodyEncoder } from "./message-body.mjs";
import { startSubscriber } from "./subscriber-process.mjs";

/**
 * What one would write first: one Subject, and for each module a subscription that encodes the event and writes it to
 * the module's socket. The modules are those of `ref`.
 */

const script = fileURLToPath(new URL("./ref.mjs", import.meta.url));
const HEADER_BYTES = 4;

/** @type {import("./flow.mjs").StartPublisher} */
export async function startPublisher({ modules, outstanding, onConfirmed }) {
  const environment = confirmingEnvironment(outstanding);
  const subscribers = Array.from({ length: modules }, () => startSubscriber(script, environment));
  const confirmed = countConfirmations(subscribers, { outstanding, onConfirmed });
  await Promise.all(subscribers.map((each) => each.report()));

  /** @type {Subject<object>} */
  const events = new Subject();
  for (const { channel } of subscribers) {
    events.pipe(map(createBodyEncoder()), map(frame)).subscribe((bytes) => channel.write(bytes));
  }
  return {
    subscribers,
    publish: (payload) => events.next(payload),
    confirmed,
    lost: () => 0,
    async close() {
      events.complete();
      await Promise.all(subscribers.map((each) => each.close()));
    },
  };
}

/** @param {Uint8Array} body */
function frame(body) {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  bytes.writeUInt32BE(body.length, 0);
  bytes.set(body, HEADER_BYTES);
  return bytes;
}
