import type { LayerId } from "../layer.js";
import type { Denial } from "../report.js";
import { aarch64 } from "./aarch64.js";
import { CONTENTS_ADDRESS, elfFile, MEMORY_ADDRESS } from "./elf.js";
import type { MachineCode, Operand } from "./machine-code.js";
import type { Argument, Probe, Step } from "./probe.js";
import { type CanaryArch, type SystemCall, systemCallNumber } from "./system-calls.js";
import { x86_64 } from "./x86-64.js";

const codes: Readonly<Record<CanaryArch, MachineCode>> = { x64: x86_64, arm64: aarch64 };
const ANSWER_BYTES = 8;
const NOT_ASKED = "not a system call of this processor";

/** A denial that was, or wasn't, seen, and whether it tells of its layer. */
export interface ProbedDenial extends Denial {
  readonly layer: LayerId;
  readonly isTelling: boolean;
}

/** A program that tries all probes, one after the other. */
export interface ProbeProgram {
  /** The executable file. */
  readonly file: Buffer;
  /** What it prints: the token, then this many bytes of answers. */
  readonly answersBytes: number;
  /** Reads what it printed behind the token. */
  read(answers: Buffer): ProbedDenial[];
}

interface Placed {
  readonly probe: Probe;
  /** Of its first step. */
  readonly answerOffset: number;
  readonly outOffset: number;
  readonly outBytes: number;
}

/**
 * Assembles the probes to an executable that prints `token` and all answers to its standard output, then waits for the
 * end of its standard input, and exits with 0. It uses no memory but its own, no library and no stack.
 */
export function probeProgram(arch: CanaryArch, probes: readonly Probe[], token: Buffer): ProbeProgram {
  const askable = probes.filter(({ steps }) =>
    steps.every(({ call }) => systemCallNumber(arch, call) !== undefined),
  );
  const assembly = new Assembly(arch, answerCount(askable) * ANSWER_BYTES);
  const placed = askable.map((probe) => assembly.place(probe));
  const answersBytes = assembly.memoryBytes;
  assembly.call("write", [1, token, token.length]);
  assembly.call("write", [1, BigInt(MEMORY_ADDRESS), answersBytes]);
  assembly.call("read", [0, { outBytes: 8 }, 1]);
  assembly.call("exit_group", [0]);
  const unasked = probes.filter((probe) => !askable.includes(probe));
  return {
    file: assembly.file(),
    answersBytes,
    read: (answers) => [
      ...placed.map((place) => readDenial(place, answers)),
      ...unasked.map((probe) => ({ ...described(probe), seen: NOT_ASKED, isDenied: true, isTelling: false })),
    ],
  };
}

/** Each step answers; printing, waiting and ending do too. */
function answerCount(probes: readonly Probe[]): number {
  return probes.reduce((sum, { steps, after = [] }) => sum + steps.length + after.length, 4);
}

function readDenial({ probe, answerOffset, outOffset, outBytes }: Placed, answers: Buffer): ProbedDenial {
  const numbers = probe.steps.map((_, place) =>
    Number(answers.readBigInt64LE(answerOffset + place * ANSWER_BYTES)),
  );
  const verdict = probe.judge({
    answer: numbers.at(-1) ?? 0,
    answers: numbers,
    out: answers.subarray(outOffset, outOffset + outBytes),
  });
  return { ...described(probe), ...verdict };
}

function described({ layer, attempt, expected, isTelling }: Probe) {
  return { layer, attempt, expected, isTelling };
}

/** Memory: the answers of all steps, then what the kernel writes. Contents: constant bytes, then instructions. */
class Assembly {
  readonly #arch: CanaryArch;
  readonly #code: Buffer[] = [];
  readonly #constants: Buffer[] = [];
  #constantBytes = 0;
  #answers = 0;
  #memoryBytes: number;

  constructor(arch: CanaryArch, answersBytes: number) {
    this.#arch = arch;
    this.#memoryBytes = answersBytes;
  }

  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  place(probe: Probe): Placed {
    const first = this.#answers;
    let out = { outOffset: 0, outBytes: 0 };
    const steps = [...probe.steps, ...(probe.after ?? [])];
    for (const [place, step] of steps.entries()) {
      const made = this.call(step.call, step.args, step.isFork === true, first);
      if (made.outBytes === 0 || place >= probe.steps.length) continue;
      // What the kernel writes for one probe lies together.
      const outOffset = out.outBytes === 0 ? made.outOffset : out.outOffset;
      out = { outOffset, outBytes: out.outBytes + made.outBytes };
    }
    return { probe, answerOffset: first * ANSWER_BYTES, ...out };
  }

  call(call: SystemCall, args: Step["args"], isFork = false, first = this.#answers) {
    const number = this.#numberOf(call);
    const outOffset = this.#memoryBytes;
    const operands = args.map((argument) => this.#operand(argument, first));
    this.#code.push(
      codes[this.#arch].encode({
        number,
        operands,
        resultAt: MEMORY_ADDRESS + this.#answers * ANSWER_BYTES,
        childEndsBy: isFork ? this.#numberOf("exit_group") : undefined,
      }),
    );
    this.#answers++;
    return { outOffset, outBytes: this.#memoryBytes - outOffset };
  }

  file(): Buffer {
    // Instructions of some processors lie on borders of 4 bytes.
    const constants = Buffer.concat(this.#constants, Math.ceil(this.#constantBytes / 8) * 8);
    return elfFile(codes[this.#arch].elfMachine, Buffer.concat([constants, ...this.#code]), {
      entryOffset: constants.length,
      memoryBytes: this.#memoryBytes,
    });
  }

  #operand(argument: Argument, first: number): Operand {
    if (typeof argument === "number" || typeof argument === "bigint") return { constant: BigInt(argument) };
    if (typeof argument === "string") return this.#constant(Buffer.from(`${argument}\0`));
    if (argument instanceof Uint8Array) return this.#constant(Buffer.from(argument));
    if ("answerOf" in argument) {
      return { loadFrom: MEMORY_ADDRESS + (first + argument.answerOf) * ANSWER_BYTES };
    }
    const at = MEMORY_ADDRESS + this.#memoryBytes;
    this.#memoryBytes += Math.ceil(argument.outBytes / 8) * 8;
    return { constant: BigInt(at) };
  }

  #constant(bytes: Buffer): Operand {
    const at = CONTENTS_ADDRESS + this.#constantBytes;
    // Whatever structure it is, the kernel finds it on a border of 8 bytes.
    const padded = Buffer.alloc(Math.ceil(bytes.length / 8) * 8);
    bytes.copy(padded);
    this.#constants.push(padded);
    this.#constantBytes += padded.length;
    return { constant: BigInt(at) };
  }

  #numberOf(call: SystemCall): number {
    const number = systemCallNumber(this.#arch, call);
    if (number === undefined) throw new RangeError(`${this.#arch} has no ${call}`);
    return number;
  }
}
