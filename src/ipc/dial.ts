import { connect, Socket } from "node:net";
import { ipcErrors } from "./errors.js";
import { SocketReading } from "./socket-reading.js";
import { rereadingTransport, type Transport } from "./transport.js";

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 30_000;

/** Takes over an inherited socket descriptor. It can be taken once. */
export function dialDescriptor(fd: number): Transport {
  const reading = new SocketReading();
  // The type of the constructor's options lacks `onread`, which it takes all the same.
  const options = { fd, readable: true, writable: true, onread: reading.onread };
  return rereadingTransport(new Socket(options), reading);
}

/** Connects to a host's path. @throws CONNECTION_CLOSED with the system's own error as cause */
export function dialPath(path: string): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const reading = new SocketReading();
    const socket = connect({ path, onread: reading.onread });
    const onError = (cause: NodeJS.ErrnoException) => {
      reject(
        ipcErrors.CONNECTION_CLOSED(
          { reason: `${path}: ${cause.code ?? cause.message}` },
          { cause, retryable: true },
        ),
      );
    };
    socket.once("error", onError).once("connect", () => {
      socket.off("error", onError);
      resolve(rereadingTransport(socket, reading));
    });
  });
}

/** Milliseconds before attempt `n` (from 0) to come back: 100 doubling to 30,000, the upper half of it random. */
export function reconnectDelayMs(attempt: number, random: () => number = Math.random): number {
  const longest = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 20));
  return longest / 2 + (longest / 2) * random();
}
