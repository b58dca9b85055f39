/** What instructions of the canary do, read back from their bits without the code that made them. */
export type Decoded =
  | { readonly parameter: number; readonly constant: bigint }
  | { readonly parameter: number; readonly loadFrom: number }
  | { readonly call: number }
  | { readonly storeAt: number }
  /** Goes on behind so many of the operations that follow, unless the answer is 0. */
  | { readonly unlessZeroSkip: number };

const x86Parameters = ["rdi", "rsi", "rdx", "r10", "r8", "r9"];
const x86Registers = "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split(" ");

/** Knows mov, test, jnz and syscall in the forms that 64-bit code has for them. @see Intel SDM, volume 2 */
export function decodeX86(code: Buffer): Decoded[] {
  const decoded: Decoded[] = [];
  let number = 0n;
  let at = 0;
  let skipTo = 0;
  let skip: { unlessZeroSkip: number } | undefined;
  while (at < code.length) {
    if (skip !== undefined && at < skipTo) skip.unlessZeroSkip++;
    const [first = 0, second = 0] = code.subarray(at);
    if (first === 0x0f && second === 0x05) {
      decoded.push({ call: Number(number) });
      at += 2;
    } else if (first === 0x48 && second === 0x85 && code[at + 2] === 0xc0 && code[at + 3] === 0x75) {
      skip = { unlessZeroSkip: 0 };
      decoded.push(skip);
      skipTo = at + 5 + (code[at + 4] ?? 0);
      at += 5;
    } else if ((first & 0xf8) === 0x48 && (second & 0xf8) === 0xb8) {
      const name = x86Registers[(second & 7) | ((first & 1) << 3)] ?? "";
      const constant = code.readBigUInt64LE(at + 2);
      if (name === "rax") number = constant;
      else decoded.push({ parameter: x86Parameters.indexOf(name), constant });
      at += 10;
    } else if ((first & 0xf8) === 0x48 && (second === 0x8b || second === 0x89)) {
      const [mode = 0, base = 0] = code.subarray(at + 2);
      // A base of 5 without a mode is a bare address of 32 bits.
      if ((mode & 0xc7) !== 0x04 || base !== 0x25) throw new Error(`unknown address form at ${at}`);
      const name = x86Registers[((mode >> 3) & 7) | ((first & 4) << 1)] ?? "";
      const address = code.readInt32LE(at + 4);
      if (second === 0x8b) decoded.push({ parameter: x86Parameters.indexOf(name), loadFrom: address });
      else if (name === "rax") decoded.push({ storeAt: address });
      else throw new Error(`stores ${name}`);
      at += 8;
    } else throw new Error(`unknown instruction at ${at}`);
  }
  return decoded;
}

/** Knows movz, movk, ldr, str, cbnz and svc. @see Arm Architecture Reference Manual, C6 */
export function decodeAarch64(code: Buffer): Decoded[] {
  const decoded: Decoded[] = [];
  const registers = new Map<number, bigint>();
  let pending: number[] = [];
  let skip: { unlessZeroSkip: number } | undefined;
  let skipTo = 0;
  const emit = (operation: Decoded, at: number) => {
    if (skip !== undefined && at < skipTo) skip.unlessZeroSkip++;
    decoded.push(operation);
  };
  // A constant is whole when the next register begins.
  const flush = (at: number) => {
    for (const register of pending) {
      if (register < 6) emit({ parameter: register, constant: registers.get(register) ?? 0n }, at - 1);
      else if (register === 8 && skip !== undefined && at - 1 < skipTo) skip.unlessZeroSkip++;
    }
    pending = [];
  };
  for (let at = 0; at < code.length; at += 4) {
    const word = code.readUInt32LE(at);
    const register = word & 31;
    const kind = word >>> 23;
    if (kind === 0b110100101 || kind === 0b111100101) {
      const shift = BigInt(((word >>> 21) & 3) * 16);
      const part = BigInt((word >>> 5) & 0xffff) << shift;
      const isFresh = kind === 0b110100101;
      if (isFresh) {
        flush(at);
        pending = [register];
      }
      const old = isFresh ? 0n : (registers.get(register) ?? 0n);
      registers.set(register, (old & ~(0xffffn << shift)) | part);
      continue;
    }
    flush(at);
    const base = (word >>> 5) & 31;
    if (word === 0xd4000001) emit({ call: Number(registers.get(8)) }, at);
    else if (word >>> 22 === 0b1111100101 && ((word >>> 10) & 0xfff) === 0) {
      emit({ parameter: register, loadFrom: Number(registers.get(base)) }, at);
    } else if (word >>> 22 === 0b1111100100 && ((word >>> 10) & 0xfff) === 0 && register === 0) {
      emit({ storeAt: Number(registers.get(base)) }, at);
    } else if (word >>> 24 === 0b10110101 && register === 0) {
      skip = { unlessZeroSkip: 0 };
      decoded.push(skip);
      skipTo = at + ((word >>> 5) & 0x7ffff) * 4;
    } else throw new Error(`unknown instruction ${word.toString(16)} at ${at}`);
  }
  return decoded;
}
