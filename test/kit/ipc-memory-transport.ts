import { decode } from "@msgpack/msgpack";
import { Subject } from "rxjs";
import type { Transport } from "../../src/ipc/index.js";
import { concat, frame, pack } from "./ipc-bytes.js";

/** A byte stream without a socket, for connections on virtual time. The peer is the test. */
export interface MemoryTransport {
  readonly transport: Transport;
  /** What the peer sends. */
  receive(bytes: Uint8Array): void;
  receiveMessage(...message: readonly unknown[]): void;
  receiveEnd(): void;
  /** Messages that were written, in order, whether or not they left. */
  sent(): unknown[][];
  /** How many slices each write had. */
  readonly writes: number[];
  /** While false, what is written stays unsent in this process. */
  isPeerReading: boolean;
  readonly isEnded: boolean;
  readonly isDestroyed: boolean;
}

export function memoryTransport(): MemoryTransport {
  const chunks$ = new Subject<Uint8Array>();
  const written: Uint8Array[] = [];
  const writes: number[] = [];
  const unsent: { readonly bytes: number; readonly done: () => void }[] = [];
  let isPeerReading = true;
  let isEnded = false;
  let isDestroyed = false;
  let unsentBytes = 0;
  const leave = () => {
    for (const { bytes, done } of unsent.splice(0)) {
      unsentBytes -= bytes;
      done();
    }
  };
  return {
    transport: {
      chunks$,
      get unsentBytes() {
        return unsentBytes;
      },
      write(chunks, done) {
        if (isEnded || isDestroyed) return;
        writes.push(chunks.length);
        written.push(...chunks);
        const bytes = concat(...chunks).length;
        unsentBytes += bytes;
        unsent.push({ bytes, done });
        if (isPeerReading) leave();
      },
      end() {
        isEnded = true;
      },
      destroy() {
        isDestroyed = true;
      },
    },
    receive: (bytes) => chunks$.next(bytes),
    receiveMessage: (...message) => chunks$.next(frame(pack(message))),
    receiveEnd: () => chunks$.complete(),
    sent() {
      const messages: unknown[][] = [];
      let rest = concat(...written);
      while (rest.length > 0) {
        const end = 4 + new DataView(rest.buffer, rest.byteOffset).getUint32(0);
        messages.push(decode(rest.subarray(4, end)) as unknown[]);
        rest = rest.subarray(end);
      }
      return messages;
    },
    writes,
    get isPeerReading() {
      return isPeerReading;
    },
    set isPeerReading(reads: boolean) {
      isPeerReading = reads;
      if (reads) leave();
    },
    get isEnded() {
      return isEnded;
    },
    get isDestroyed() {
      return isDestroyed;
    },
  };
}
