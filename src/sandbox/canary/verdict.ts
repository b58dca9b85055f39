import { constants } from "node:os";
import type { Outcome, Probe, Verdict } from "./probe.js";

const MAX_ERRNO = 4095;
const EWOULDBLOCK = "EWOULDBLOCK";

const namesByNumber: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno).flatMap(([name, number]) => (name === EWOULDBLOCK ? [] : [[number, name]])),
);

/** What the kernel answered, as people say it. */
export function nameOfAnswer(answer: number): string {
  if (answer >= 0) return "succeeded";
  if (answer < -MAX_ERRNO) return String(answer);
  return namesByNumber.get(-answer) ?? `errno ${-answer}`;
}

type Judgement = Pick<Probe, "expected" | "judge">;

/** It must fail, with one of these. */
export function mustFail(...names: readonly [string, ...string[]]): Judgement {
  return {
    expected: names.join(" or "),
    judge({ answer }): Verdict {
      const seen = nameOfAnswer(answer);
      return { seen, isDenied: names.includes(seen) };
    },
  };
}

/** It must succeed, and what it tells must be right. */
export function mustTell(
  expected: string,
  read: (outcome: Outcome) => { readonly seen: string; readonly isRight: boolean },
): Judgement {
  return {
    expected,
    judge(outcome): Verdict {
      if (outcome.answer < 0) return { seen: nameOfAnswer(outcome.answer), isDenied: false };
      const { seen, isRight } = read(outcome);
      return { seen, isDenied: isRight };
    },
  };
}
