import { type Observable, Subject } from "rxjs";
import type { Transport } from "../../src/ipc/index.js";

/** The far side of a connection in memory: bytes in at once, frames out whenever they are asked for. */
export class FuzzTransport implements Transport {
  readonly #chunks$ = new Subject<Uint8Array>();
  #written: Uint8Array[] = [];
  #isEnded = false;

  get chunks$(): Observable<Uint8Array> {
    return this.#chunks$;
  }

  get unsentBytes(): number {
    return 0;
  }

  /** The end of stream was sent, or the stream was dropped. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  write(chunks: readonly Uint8Array[], done: () => void): void {
    if (this.#isEnded) return;
    this.#written.push(...chunks.map((chunk) => new Uint8Array(chunk)));
    done();
  }

  end(): void {
    this.#isEnded = true;
  }

  destroy(): void {
    this.#isEnded = true;
  }

  /** What the peer sends, handed on with bytes of its own, as a socket does. */
  receive(chunk: Uint8Array): void {
    this.#chunks$.next(chunk);
  }

  receiveEnd(): void {
    this.#chunks$.complete();
  }

  /** The bodies of the frames that were written since the last call. @throws when they are no whole frames */
  takeBodies(): Uint8Array[] {
    if (this.#written.length === 0) return [];
    const bytes = Buffer.concat(this.#written);
    this.#written = [];
    const bodies: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; ) {
      const end = at + 4 + bytes.readUInt32BE(at);
      if (end > bytes.length) throw new Error("a frame that was written is cut off");
      bodies.push(bytes.subarray(at + 4, end));
      at = end;
    }
    return bodies;
  }
}
