import { crc32 } from "node:zlib";

/** One number for everything that happened, in its order. */
export class TraceHash {
  #low = 0x811c9dc5;
  #high = 0x9747b28c;

  number(value: number): void {
    this.#low = Math.imul(this.#low ^ value, 0x01000193);
    this.#high = Math.imul(this.#high ^ (value + this.#low), 0x5bd1e995);
  }

  text(text: string): void {
    this.number(crc32(text));
  }

  bytes(bytes: Uint8Array): void {
    this.number(crc32(bytes));
  }

  get hex(): string {
    return [this.#high, this.#low].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
  }
}
