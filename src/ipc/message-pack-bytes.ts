const FIRST_BUFFER_BYTES = 2048;
/** The buffer is kept for the next body unless it grew beyond this. */
const KEEP_BUFFER_BYTES = 1024 * 1024;
/** Up to this many characters a loop writes a text sooner than a call of the runtime does. */
const SHORT_TEXT_CHARS = 32;
/** Up to this many characters a text has at most 255 bytes, whatever they are. */
const MEDIUM_TEXT_CHARS = 85;
const TWO_TO_32 = 0x1_0000_0000;
const MAX_UINT64 = 0xffff_ffff_ffff_ffffn;

/** A text of less than 256 bytes that is written often, with the bytes that {@link MessagePackBytes.text} gives it. */
export interface KnownText {
  readonly text: string;
  readonly bytes: Uint8Array;
}

/**
 * The bytes of one MessagePack body while it is being written: into a place that the caller names, or, once that is
 * full, into a buffer of its own.
 *
 * @see https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export class MessagePackBytes {
  /** Where bodies lie that have no other place. */
  #own: Buffer = Buffer.allocUnsafeSlow(FIRST_BUFFER_BYTES);
  /** The body that is being written begins at `#start` of this. */
  #buffer = this.#own;
  /** The same bytes as {@link #buffer}, for numbers. */
  #view = viewOf(this.#own);
  #start = 0;
  #at = 0;

  /** Begins a body in `bytes` at `at`, or in the buffer of its own. */
  begin(bytes?: Buffer, at = 0): void {
    if (this.#own.length > KEEP_BUFFER_BYTES) this.#own = Buffer.allocUnsafeSlow(FIRST_BUFFER_BYTES);
    const target = bytes ?? this.#own;
    if (target !== this.#buffer) this.#writeTo(target);
    this.#start = at;
    this.#at = at;
  }

  /** Where the body ends in `bytes`, or -1 when it didn't fit there: then it is {@link body}. */
  endIn(bytes: Buffer): number {
    return this.#buffer === bytes ? this.#at : -1;
  }

  /** The body that was written last, valid until the next one begins. */
  get body(): Uint8Array {
    const { buffer, byteOffset } = this.#buffer;
    return new Uint8Array(buffer, byteOffset + this.#start, this.#at - this.#start);
  }

  /** Leaves one byte for {@link fillByte}. @returns its place */
  leaveByte(): number {
    this.#reserve(1);
    return this.#at++ - this.#start;
  }

  /** Forgets everything from a place on that {@link leaveByte} gave. */
  takeBack(place: number): void {
    this.#at = this.#start + place;
  }

  fillByte(place: number, byte: number): void {
    this.#buffer[this.#start + place] = byte;
  }

  /** The head of an array or map: `short` and the count in one byte when it fits, else `long` and 16 or 32 bits. */
  head(count: number, short: number, maxShort: number, long: number): void {
    if (count <= maxShort) this.byte(short | count);
    else if (count <= 0xffff) this.#tagged16(long, count);
    else this.#tagged32(long + 1, count);
  }

  known({ bytes }: KnownText): void {
    this.#reserve(bytes.length);
    const buffer = this.#buffer;
    let at = this.#at;
    // For so few a loop is quicker than a call that copies.
    for (let n = 0; n < bytes.length; n++) buffer[at++] = bytes[n] as number;
    this.#at = at;
  }

  text(text: string): void {
    const isWritten =
      text.length <= SHORT_TEXT_CHARS
        ? this.#shortAscii(text)
        : text.length <= MEDIUM_TEXT_CHARS && this.#mediumText(text);
    if (!isWritten) this.#longText(text);
  }

  /** Writes a short text, or nothing when it isn't ASCII. */
  #shortAscii(text: string): boolean {
    const { length } = text;
    this.#reserve(length + 2);
    const buffer = this.#buffer;
    let at = this.#at;
    if (length > 31) buffer[at++] = 0xd9;
    buffer[at++] = length > 31 ? length : 0xa0 | length;
    for (let n = 0; n < length; n++) {
      const char = text.charCodeAt(n);
      if (char >= 0x80) return false;
      buffer[at++] = char;
    }
    this.#at = at;
    return true;
  }

  /** Writes a text of more than 31 characters whose length in bytes takes one byte, in one call. */
  #mediumText(text: string): true {
    const mostBytes = text.length * 3;
    this.#reserve(mostBytes + 2);
    const bytes = this.#buffer.write(text, this.#at + 2, mostBytes);
    this.#buffer[this.#at] = 0xd9;
    this.#buffer[this.#at + 1] = bytes;
    this.#at += bytes + 2;
    return true;
  }

  #longText(text: string): void {
    const bytes = Buffer.byteLength(text);
    if (bytes <= 31) this.byte(0xa0 | bytes);
    else if (bytes <= 0xff) this.tagged8(0xd9, bytes);
    else if (bytes <= 0xffff) this.#tagged16(0xda, bytes);
    else this.#tagged32(0xdb, bytes);
    this.#reserve(bytes);
    // As many bytes as characters: ASCII, which needs no conversion.
    this.#at += this.#buffer.write(text, this.#at, bytes, bytes === text.length ? "latin1" : "utf8");
  }

  /** What precedes so many bytes of binary data. */
  binaryHead(byteLength: number): void {
    if (byteLength <= 0xff) this.tagged8(0xc4, byteLength);
    else if (byteLength <= 0xffff) this.#tagged16(0xc5, byteLength);
    else this.#tagged32(0xc6, byteLength);
  }

  binary({ buffer, byteOffset, byteLength }: ArrayBufferView): void {
    this.binaryHead(byteLength);
    this.#reserve(byteLength);
    this.#buffer.set(new Uint8Array(buffer, byteOffset, byteLength), this.#at);
    this.#at += byteLength;
  }

  number(value: number): void {
    if (!Number.isSafeInteger(value)) this.#double(value);
    else if (value >= 0) this.#unsigned(value);
    else this.#negative(value);
  }

  #unsigned(value: number): void {
    if (value <= 0x7f) this.byte(value);
    else if (value <= 0xff) this.tagged8(0xcc, value);
    else if (value <= 0xffff) this.#tagged16(0xcd, value);
    else if (value < TWO_TO_32) this.#tagged32(0xce, value);
    else this.#wide(0xcf, value);
  }

  #negative(value: number): void {
    if (value >= -0x20) this.byte(value & 0xff);
    else if (value >= -0x80) this.tagged8(0xd0, value);
    else if (value >= -0x8000) this.#tagged16(0xd1, value);
    else if (value >= -0x8000_0000) this.#tagged32(0xd2, value);
    else this.#wide(0xd3, value);
  }

  bitSet(value: bigint): void {
    if (value < 0n || value > MAX_UINT64) throw new RangeError(`bit set ${value} does not fit 64 bits`);
    this.#reserve(9);
    this.#buffer[this.#at] = 0xcf;
    this.#view.setBigUint64(this.#at + 1, value);
    this.#at += 9;
  }

  #double(value: number): void {
    this.#reserve(9);
    this.#buffer[this.#at] = 0xcb;
    this.#view.setFloat64(this.#at + 1, value);
    this.#at += 9;
  }

  /** A safe integer as 64 bits, in two halves. */
  #wide(tag: number, value: number): void {
    const high = Math.floor(value / TWO_TO_32);
    this.#reserve(9);
    this.#buffer[this.#at] = tag;
    this.#view.setInt32(this.#at + 1, high);
    this.#view.setUint32(this.#at + 5, value - high * TWO_TO_32);
    this.#at += 9;
  }

  byte(byte: number): void {
    this.#reserve(1);
    this.#buffer[this.#at++] = byte;
  }

  tagged8(tag: number, value: number): void {
    this.#reserve(2);
    this.#buffer[this.#at] = tag;
    this.#buffer[this.#at + 1] = value;
    this.#at += 2;
  }

  #tagged16(tag: number, value: number): void {
    this.#reserve(3);
    this.#buffer[this.#at] = tag;
    this.#view.setUint16(this.#at + 1, value);
    this.#at += 3;
  }

  #tagged32(tag: number, value: number): void {
    this.#reserve(5);
    this.#buffer[this.#at] = tag;
    this.#view.setUint32(this.#at + 1, value);
    this.#at += 5;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes > this.#buffer.length) this.#move(bytes);
  }

  /** Goes on in bytes of its own, with room for so many more. */
  #move(bytes: number): void {
    const written = this.#buffer.subarray(this.#start, this.#at);
    const needed = written.length + bytes;
    let larger = this.#own;
    if (this.#buffer === larger || needed > larger.length)
      larger = Buffer.allocUnsafeSlow(Math.max(needed, larger.length * 2));
    larger.set(written);
    this.#own = larger;
    this.#writeTo(larger);
    this.#start = 0;
    this.#at = written.length;
  }

  #writeTo(bytes: Buffer): void {
    this.#buffer = bytes;
    this.#view = viewOf(bytes);
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
