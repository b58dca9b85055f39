/** What a register is filled with before a system call: a number, or the 8 bytes at an address of the program. */
export type Operand = { readonly constant: bigint } | { readonly loadFrom: number };

/** One system call of a program. */
export interface MachineCall {
  readonly number: number;
  /** At most six, in the order of the call's parameters. */
  readonly operands: readonly Operand[];
  /** Address to which the kernel's answer is written, 8 bytes. Below 2^31. */
  readonly resultAt: number;
  /** Number of the call by which a process that was answered 0 ends at once: the child of a fork. */
  readonly childEndsBy?: number | undefined;
}

/** Turns calls into the instructions of one processor. */
export interface MachineCode {
  /** As ELF numbers it (e_machine). */
  readonly elfMachine: number;
  encode(call: MachineCall): Buffer;
}

export const MAX_OPERANDS = 6;
