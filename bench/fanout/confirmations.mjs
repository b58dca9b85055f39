// @ts-check
import { Socket } from "node:net";
import { startTally } from "./tally.mjs";

/**
 * How peers that have no acknowledgement confirm: as `ref` does, one byte on descriptor 3 for each quarter of what may
 * be outstanding. Nothing cheaper can be had of a peer's own means, so none pays for the rule more than `ref`.
 */

/**
 * The publisher's side.
 * @param {readonly import("./subscriber-process.mjs").SubscriberProcess[]} subscribers
 * @param {{ outstanding: number, onConfirmed: () => void }} options
 * @returns {() => number} events that the slowest subscriber has confirmed
 */
export function countConfirmations(subscribers, { outstanding, onConfirmed }) {
  const confirmEvery = outstanding / 4;
  const confirmed = new Array(subscribers.length).fill(0);
  for (const [n, { channel }] of subscribers.entries()) {
    channel.on("data", (chunk) => {
      confirmed[n] += chunk.length * confirmEvery;
      onConfirmed();
    });
  }
  return () => Math.min(...confirmed);
}

/**
 * The environment of a subscriber that calls {@link startConfirming}.
 * @param {number} outstanding
 */
export function confirmingEnvironment(outstanding) {
  return { CONFIRM_EVERY: String(outstanding / 4) };
}

/**
 * The subscriber's side: counts events and confirms them. To be called when the subscription stands: from then on the
 * publisher is answered.
 * @returns {(seq: number) => void} to be called with each event
 */
export function startConfirming() {
  const confirmEvery = Number(process.env.CONFIRM_EVERY);
  const socket = new Socket({ fd: 3, readable: true, writable: true });
  const confirmation = Buffer.alloc(1);
  const tally = startTally();
  let handled = 0;
  return (seq) => {
    tally(seq);
    if (++handled % confirmEvery === 0) socket.write(confirmation);
  };
}
