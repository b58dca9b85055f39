import type { Duplex } from "node:stream";
import { Observable } from "rxjs";

/**
 * A two-way byte stream: what a connection needs of a socket. Tests on virtual time bring their own.
 */
export interface Transport {
  /** What the peer sends; completes when the stream ended or broke. One subscriber. */
  readonly chunks$: Observable<Uint8Array>;
  /** Bytes that were written and still wait in this process. */
  readonly unsentBytes: number;
  /** Writes the chunks in order as one batch; `done` is called when they left this process, not when it failed. */
  write(chunks: readonly Uint8Array[], done: () => void): void;
  /** Sends what was written, then end of stream. */
  end(): void;
  /** Drops the stream with everything that was not sent. Idempotent. */
  destroy(): void;
}

/** A Transport over a connected socket, which it owns from now on. */
export function socketTransport(socket: Duplex): Transport {
  // A broken stream shows as the end of chunks$; an 'error' without a listener would end the process.
  socket.on("error", () => {});
  return {
    chunks$: new Observable((subscriber) => {
      const onData = (chunk: Uint8Array) => subscriber.next(chunk);
      const onEnd = () => subscriber.complete();
      socket.on("data", onData).once("end", onEnd).once("close", onEnd);
      if (socket.destroyed || socket.readableEnded) onEnd();
      return () => {
        socket.off("data", onData).off("end", onEnd).off("close", onEnd);
        // Whatever still comes is read and dropped: unread bytes at close would reset the peer.
        if (!socket.destroyed) socket.resume();
      };
    }),
    get unsentBytes() {
      return socket.writableLength;
    },
    write(chunks, done) {
      if (socket.destroyed || socket.writableEnded) return;
      const onWritten = (error?: Error | null) => {
        if (error === undefined || error === null) done();
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
      if (!socket.destroyed) socket.end();
    },
    destroy() {
      socket.destroy();
    },
  };
}
