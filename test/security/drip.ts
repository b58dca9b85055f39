import type { WireClient } from "../kit/ipc-wire-client.js";

/** Sends one byte after the other, a few milliseconds apart, until the connection is over. */
export function drip(client: WireClient): void {
  const timer = setInterval(() => {
    if (client.isEnded) clearInterval(timer);
    else client.sendBytes(Uint8Array.of(0));
  }, 5);
}
