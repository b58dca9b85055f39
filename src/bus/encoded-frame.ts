/** One encoded frame: `bytes[start..end)`. Frames that were encoded one after another share `bytes`. */
export interface EncodedFrame {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}
