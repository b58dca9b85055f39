import type { Decision, Question, Word } from "./decision.js";

/** BPF_MAXINSNS of linux/bpf_common.h: the kernel takes no longer program. */
const MAX_INSTRUCTIONS = 4096;
const INSTRUCTION_BYTES = 8;
/** The jumps of a comparison have one byte each. */
const MAX_SHORT_JUMP = 0xff;

/** Operations of linux/filter.h: class, size and mode, or class, operation and source, in one number. */
const LOAD_WORD = 0x20;
const AND_VALUE = 0x54;
const JUMP = 0x05;
const RETURN = 0x06;
const comparisons = { equals: 0x15, atLeast: 0x35, hasAnyOf: 0x45 } as const;

interface Instruction {
  readonly operation: number;
  readonly whenTrue: number;
  readonly whenFalse: number;
  readonly value: number;
}

/**
 * Turns a tree of decisions into a program of classic BPF in the layout of `struct sock_filter`, little-endian, as
 * seccomp(2) and `bwrap --seccomp` take it. Comparisons whose second way is more than 255 instructions off go through a
 * long jump.
 * @throws RangeError for a program of more than 4096 instructions
 */
export function compileDecision(decision: Decision): Uint8Array {
  const instructions = codeOf(decision, undefined);
  if (instructions.length > MAX_INSTRUCTIONS) {
    throw new RangeError(
      `the filter has ${instructions.length} instructions, the kernel takes ${MAX_INSTRUCTIONS}`,
    );
  }
  const bytes = new Uint8Array(instructions.length * INSTRUCTION_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [index, { operation, whenTrue, whenFalse, value }] of instructions.entries()) {
    const offset = index * INSTRUCTION_BYTES;
    view.setUint16(offset, operation, true);
    view.setUint8(offset + 2, whenTrue);
    view.setUint8(offset + 3, whenFalse);
    view.setUint32(offset + 4, value, true);
  }
  return bytes;
}

/** @param loaded the whole word that is in the accumulator at this point, on whatever way it was reached */
function codeOf(decision: Decision, loaded: Word | undefined): Instruction[] {
  if ("answer" in decision) return [plain(RETURN, decision.answer)];
  const { word, mask } = decision;
  const code: Instruction[] = [];
  if (word !== loaded) code.push(plain(LOAD_WORD, offsetOf(word)));
  if (mask !== undefined) code.push(plain(AND_VALUE, mask));
  const held = mask === undefined ? word : undefined;
  const yes = codeOf(decision.yes, held);
  const no = codeOf(decision.no, held);
  return [...code, ...comparison(decision, yes.length), ...yes, ...no];
}

/** Goes on with the next instruction when the answer is yes, else leaves out as many as `skipped`. */
function comparison({ test, value }: Question, skipped: number): Instruction[] {
  const operation = comparisons[test];
  if (skipped <= MAX_SHORT_JUMP) return [{ operation, whenTrue: 0, whenFalse: skipped, value }];
  return [{ operation, whenTrue: 1, whenFalse: 0, value }, plain(JUMP, skipped)];
}

function plain(operation: number, value: number): Instruction {
  return { operation, whenTrue: 0, whenFalse: 0, value };
}

/** Arguments are 64 bits wide; of each the low half is read, which comes first. */
function offsetOf(word: Word): number {
  switch (word) {
    case "number":
      return 0;
    case "architecture":
      return 4;
    default:
      return 16 + 8 * Number(word.slice("argument".length));
  }
}
