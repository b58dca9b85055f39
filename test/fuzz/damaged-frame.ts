import { concat, header } from "../kit/ipc-bytes.js";
import type { Dice } from "./dice.js";

/** First bytes of every MessagePack type, and the edges of their ranges. */
const TELLING_BYTES = [
  ...[0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc6, 0xc7, 0xc9, 0xca],
  ...[0xcb, 0xcc, 0xcf, 0xd0, 0xd3, 0xd4, 0xd8, 0xd9, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xe0, 0xff],
];
const TELLING_LENGTHS = [0, 65_535, 65_536, 65_537, 0x7fff_ffff, 0xffff_ffff];

/** A body with one to three changes: a bit, a byte, its kind, its end, more bytes, a part of it twice. */
export function damaged(body: Uint8Array, dice: Dice): Uint8Array {
  let bytes = new Uint8Array(body);
  for (let left = 1 + dice.below(3); left > 0 && bytes.length > 0; left--)
    bytes = afterOneChange(bytes, dice);
  return bytes;
}

/** The beginning of one body and the end of another. */
export function spliced(first: Uint8Array, second: Uint8Array, dice: Dice): Uint8Array {
  const head = first.subarray(0, 1 + dice.below(first.length));
  return concat(head, second.subarray(dice.below(second.length)));
}

/** A frame around a body. */
export function framed(body: Uint8Array): Uint8Array {
  return concat(header(body.length), body);
}

/** A frame whose header says another length than its body has. */
export function misframed(body: Uint8Array, dice: Dice): Uint8Array {
  const says = dice.below(4) > 0 ? body.length + 20 - dice.below(40) : dice.pick(TELLING_LENGTHS);
  return concat(header(Math.max(0, says)), body);
}

function afterOneChange(bytes: Uint8Array<ArrayBuffer>, dice: Dice): Uint8Array<ArrayBuffer> {
  const place = dice.below(bytes.length);
  switch (dice.below(6)) {
    case 0:
      bytes[place] = (bytes[place] as number) ^ (1 << dice.below(8));
      return bytes;
    case 1:
      bytes[place] = dice.pick(TELLING_BYTES);
      return bytes;
    case 2:
      bytes[Math.min(1, bytes.length - 1)] = dice.below(12);
      return bytes;
    case 3:
      return bytes.slice(0, Math.max(1, place));
    case 4:
      return new Uint8Array(
        concat(
          bytes,
          Uint8Array.from({ length: 1 + dice.below(8) }, () => dice.below(256)),
        ),
      );
    default: {
      const end = Math.min(bytes.length, place + 64);
      return new Uint8Array(concat(bytes.subarray(0, end), bytes.subarray(place)));
    }
  }
}
