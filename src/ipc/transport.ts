import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Observable } from "rxjs";
import { FairReader } from "./fair-reader.js";
import type { SocketReading } from "./socket-reading.js";

/**
 * A two-way byte stream: what a connection needs of a socket. Tests on virtual time bring their own.
 */
export interface Transport {
  /** What the peer sends, each chunk lent for the call; completes when the stream ended or broke. One subscriber. */
  readonly chunks$: Observable<Uint8Array>;
  /** Bytes that were written and still wait in this process. */
  readonly unsentBytes: number;
  /** Writes the chunks in order as one batch; `done` is called when they left this process, not when it failed. */
  write(chunks: readonly Uint8Array[], done: () => void): void;
  /** Sends what was written, then end of stream; a peer that doesn't take that within a second loses the rest. */
  end(): void;
  /** Drops the stream with everything that was not sent. Idempotent. */
  destroy(): void;
}

const LINGER_MS = 1000;

/** A Transport over a connected socket, which it owns from now on. */
export function socketTransport(socket: Duplex, { readsFairly = false } = {}): Transport {
  const chunks$ = new Observable<Uint8Array>((subscriber) => {
    // No Buffer: what is cut from these bytes reaches modules as the Uint8Array that the contract names.
    const reader = readsFairly ? new FairReader(socket, (bytes) => subscriber.next(bytes)) : undefined;
    const onData = ({ buffer, byteOffset, byteLength }: Uint8Array) => {
      const bytes = new Uint8Array(buffer, byteOffset, byteLength);
      if (reader === undefined) subscriber.next(bytes);
      else reader.push(bytes);
    };
    const forgetEnd = onEndOf(socket, () => {
      reader?.finish();
      subscriber.complete();
    });
    socket.on("data", onData);
    return () => {
      socket.off("data", onData);
      forgetEnd();
      reader?.close();
      // Whatever still comes is read and dropped: unread bytes at close would reset the peer.
      if (!socket.destroyed) socket.resume();
    };
  });
  return transportOf(socket, chunks$);
}

/** The same over a socket that was made with {@link SocketReading.onread}. */
export function rereadingTransport(socket: Socket, reading: SocketReading): Transport {
  const chunks$ = new Observable<Uint8Array>((subscriber) => {
    const forgetEnd = onEndOf(socket, () => subscriber.complete());
    reading.start(socket, (chunk) => subscriber.next(chunk));
    return () => {
      reading.stop();
      forgetEnd();
    };
  });
  return transportOf(socket, chunks$);
}

function onEndOf(socket: Duplex, onEnd: () => void): () => void {
  socket.once("end", onEnd).once("close", onEnd);
  if (socket.destroyed || socket.readableEnded) onEnd();
  return () => void socket.off("end", onEnd).off("close", onEnd);
}

function transportOf(socket: Duplex, chunks$: Observable<Uint8Array>): Transport {
  // A broken stream shows as the end of chunks$; an 'error' without a listener would end the process.
  socket.on("error", () => {});
  return {
    chunks$,
    get unsentBytes() {
      return socket.writableLength;
    },
    write(chunks, done) {
      if (socket.destroyed || socket.writableEnded) return;
      const onWritten = (error?: Error | null) => {
        // A destroyed socket calls back without an error for what it never wrote.
        if ((error === undefined || error === null) && !socket.destroyed) done();
      };
      if (chunks.length === 1) {
        socket.write(chunks[0] as Uint8Array, onWritten);
        return;
      }
      socket.cork();
      chunks.forEach((chunk, n) => {
        if (n === chunks.length - 1) socket.write(chunk, onWritten);
        else socket.write(chunk);
      });
      socket.uncork();
    },
    end() {
      if (socket.destroyed || socket.writableEnded) return;
      socket.end();
      const linger = setTimeout(() => socket.destroy(), LINGER_MS).unref();
      socket.once("close", () => clearTimeout(linger));
    },
    destroy() {
      socket.destroy();
    },
  };
}
