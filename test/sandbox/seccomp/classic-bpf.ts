/** What the kernel shows a filter: `struct seccomp_data`. */
export interface Call {
  readonly number: number;
  readonly architecture: number;
  /** Six of them, 64 bits each. */
  readonly args: readonly bigint[];
}

export interface Run {
  /** What the program returned. */
  readonly answer: number;
  readonly instructions: number;
}

interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

const LD_W_ABS = 0x20;
const JA = 0x05;
const RET_K = 0x06;
const AND_K = 0x54;
const jumps: Readonly<Record<number, (a: number, k: number) => boolean>> = {
  21: (a, k) => a === k,
  37: (a, k) => a > k,
  53: (a, k) => a >= k,
  69: (a, k) => (a & k) !== 0,
};

/**
 * Reads a program and checks what the kernel checks before it takes one: known operations, loads of whole words within
 * the data, jumps that stay inside, a return at the end.
 */
export function checkedProgram(bytes: Uint8Array): (call: Call) => Run {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 0 || bytes.length % 8 !== 0 || bytes.length / 8 > 4096) throw new Error("bad length");
  const program = Array.from({ length: bytes.length / 8 }, (_, n): Instruction => {
    const code = view.getUint16(n * 8, true);
    return { code, jt: bytes[n * 8 + 2] ?? 0, jf: bytes[n * 8 + 3] ?? 0, k: view.getUint32(n * 8 + 4, true) };
  });
  for (const [at, { code, jt, jf, k }] of program.entries()) {
    const far = code === JA ? k : code in jumps ? Math.max(jt, jf) : 0;
    if (at + 1 + far >= program.length && code !== RET_K) throw new Error(`instruction ${at} leads out`);
    if (code === LD_W_ABS && (k % 4 !== 0 || k >= 64)) throw new Error(`instruction ${at} loads from ${k}`);
    if (![LD_W_ABS, JA, RET_K, AND_K].includes(code) && !(code in jumps))
      throw new Error(`operation ${code}`);
  }
  return (call) => run(program, dataOf(call));
}

function dataOf({ number, architecture, args }: Call): DataView {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, number, true);
  data.setUint32(4, architecture, true);
  data.setBigUint64(8, 0x7fff_dead_beef_0000n, true);
  for (const [n, value] of args.entries()) data.setBigUint64(16 + 8 * n, value, true);
  return data;
}

function run(program: readonly Instruction[], data: DataView): Run {
  let accumulator = 0;
  let instructions = 0;
  for (let at = 0; ; at += 1) {
    const instruction = program[at];
    if (instruction === undefined) throw new Error("ran out of the program");
    const { code, jt, jf, k } = instruction;
    instructions += 1;
    if (code === RET_K) return { answer: k, instructions };
    if (code === LD_W_ABS) accumulator = data.getUint32(k, true);
    else if (code === AND_K) accumulator = (accumulator & k) >>> 0;
    else if (code === JA) at += k;
    else at += jumps[code]?.(accumulator, k) ? jt : jf;
  }
}
