/** Places in what the kernel shows to a filter: `struct seccomp_data` of linux/seccomp.h. */
export type Word = "number" | "architecture" | `argument${0 | 1 | 2 | 3 | 4 | 5}`;

/** What becomes of a system call. */
export interface Answer {
  readonly answer: number;
}

/** One comparison, unsigned, on the low 32 bits of a word of which only the bits of `mask` count. */
export interface Question {
  readonly word: Word;
  readonly mask?: number;
  readonly test: "equals" | "atLeast" | "hasAnyOf";
  readonly value: number;
  readonly yes: Decision;
  readonly no: Decision;
}

/** A filter of system calls as a tree: it only ever goes forward, so it ends. */
export type Decision = Answer | Question;

/** SECCOMP_RET_ALLOW of linux/seccomp.h. */
export const allow: Answer = { answer: 0x7fff_0000 };
/** SECCOMP_RET_KILL_PROCESS: the whole process ends with SIGSYS. */
export const killProcess: Answer = { answer: 0x8000_0000 };

const RETURN_ERRNO = 0x0005_0000;

/** SECCOMP_RET_ERRNO: the call does nothing and fails with that number. */
export function fail(errno: number): Answer {
  return { answer: RETURN_ERRNO | errno };
}
