import type { Socket } from "node:net";

const READ_BYTES = 64 * 1024;

/**
 * The read side of a socket that fills one buffer again and again: a reader of many small frames would otherwise
 * spend much of its time on fresh memory for each read. Give {@link onread} to the socket when it is made.
 *
 * A chunk is lent for the call: whoever keeps a part of it copies that. What arrives before {@link start} is kept
 * and nothing more is read until then; what arrives after {@link stop} is dropped.
 */
export class SocketReading {
  readonly onread = {
    buffer: new Uint8Array(READ_BYTES),
    callback: (bytes: number, buffer: Uint8Array): boolean => this.#take(buffer.subarray(0, bytes)),
  };
  #onChunk: ((chunk: Uint8Array) => void) | undefined;
  #early: Uint8Array | undefined;

  start(socket: Socket, onChunk: (chunk: Uint8Array) => void): void {
    this.#onChunk = onChunk;
    const early = this.#early;
    if (early === undefined) return;
    this.#early = undefined;
    onChunk(early);
    socket.resume();
  }

  stop(): void {
    this.#onChunk = () => {};
  }

  /** @returns whether to go on reading. */
  #take(chunk: Uint8Array): boolean {
    if (this.#onChunk === undefined) {
      this.#early = Uint8Array.from(chunk);
      return false;
    }
    this.#onChunk(chunk);
    return true;
  }
}
