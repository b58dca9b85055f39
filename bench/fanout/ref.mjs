// @ts-check
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { Decoder, Encoder } from "@msgpack/msgpack";
import { startSubscriber } from "./subscriber-process.mjs";
import { startTally } from "./tally.mjs";

/**
 * The reference, frozen so that ratios of different days mean the same: the least that could be called fan-out.
 * Each event is encoded once, with @msgpack/msgpack, and copied behind the one before it; at the end
 * of the turn each module gets the whole batch in one raw write. Subscribers cut frames and decode. No channel, no
 * books, no gaps, no checks; one byte comes back for each quarter of what may be outstanding.
 */

const script = fileURLToPath(import.meta.url);
const HEADER_BYTES = 4;
const BATCH_BYTES = 64 * 1024;
const EVENT_KIND = 2;

if (process.argv[1] === script) subscribe(Number(process.env.CONFIRM_EVERY));

/** @type {import("./publish-run.mjs").StartPublisher} */
export async function startPublisher({ modules, outstanding, onConfirmed }) {
  const confirmEvery = outstanding / 4;
  const confirmed = new Array(modules).fill(0);
  const subscribers = confirmed.map((_, n) => {
    const subscriber = startSubscriber(script, { CONFIRM_EVERY: String(confirmEvery) });
    subscriber.channel.on("data", (chunk) => {
      confirmed[n] += chunk.length * confirmEvery;
      onConfirmed();
    });
    return subscriber;
  });
  await Promise.all(subscribers.map((each) => each.report()));

  const encoder = new Encoder({ ignoreUndefined: true });
  let seq = 0;
  let batch = Buffer.allocUnsafeSlow(BATCH_BYTES);
  let start = 0;
  let end = 0;
  const flush = () => {
    if (start === end) return;
    const bytes = batch.subarray(start, end);
    for (const { channel } of subscribers) channel.write(bytes);
    start = end;
  };
  return {
    subscribers,
    publish(payload) {
      const body = encoder.encodeSharedRef([
        EVENT_KIND,
        ++seq,
        Date.now(),
        "MempoolTransactionAdded",
        payload,
        "node",
      ]);
      if (end + HEADER_BYTES + body.length > BATCH_BYTES) {
        flush();
        batch = Buffer.allocUnsafeSlow(BATCH_BYTES);
        start = 0;
        end = 0;
      }
      if (start === end) setImmediate(flush);
      batch.writeUInt32BE(body.length, end);
      batch.set(body, end + HEADER_BYTES);
      end += HEADER_BYTES + body.length;
    },
    confirmed: () => Math.min(...confirmed),
    lost: () => 0,
    async close() {
      await Promise.all(subscribers.map((each) => each.close()));
    },
  };
}

/** @param {number} confirmEvery */
function subscribe(confirmEvery) {
  const tally = startTally();
  const decoder = new Decoder();
  const socket = new Socket({ fd: 3, readable: true, writable: true });
  const confirmation = Buffer.alloc(1);
  let rest = Buffer.alloc(0);
  let handled = 0;
  socket.on("data", (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (bytes.length - at >= HEADER_BYTES) {
      const end = at + HEADER_BYTES + bytes.readUInt32BE(at);
      if (end > bytes.length) break;
      const [, seq] = /** @type {number[]} */ (decoder.decode(bytes.subarray(at + HEADER_BYTES, end)));
      tally(/** @type {number} */ (seq));
      if (++handled % confirmEvery === 0) socket.write(confirmation);
      at = end;
    }
    rest = bytes.subarray(at);
  });
}
