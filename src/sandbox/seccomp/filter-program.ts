import { type Architecture, architectureOf, LAST_KNOWN_CALL } from "./architecture.js";
import type { CallName } from "./calls-x64.js";
import { checkedCalls, ENOSYS, EPERM } from "./checked-calls.js";
import { compileDecision } from "./compile-decision.js";
import { allow, type Decision, fail, killProcess } from "./decision.js";
import { deniedCalls } from "./denied-calls.js";
import type { SeccompPolicy } from "./policy.js";

/**
 * The filter of system calls for a kind of processor, as `bwrap --seccomp` reads it. What isn't named is allowed; calls
 * that are newer than the tables don't exist (ENOSYS), which libraries take for an older kernel; calls by the rules of
 * another kind of processor end the process with SIGSYS.
 * @param arch as `process.arch` names it
 * @throws RangeError for one without a table: ask `seccompSupport` first
 */
export function filterProgram(arch: string, policy: SeccompPolicy): Uint8Array {
  const architecture = architectureOf(arch);
  if (architecture === undefined) throw new RangeError(`there is no table of system calls for ${arch}`);
  return compileDecision({
    word: "architecture",
    test: "equals",
    value: architecture.auditNumber,
    yes: byNumber(rangesOf(architecture, policy)),
    no: killProcess,
  });
}

/** From this number up to that of the next one. */
interface Range {
  readonly from: number;
  readonly decision: Decision;
}

function rangesOf({ calls, foreignFrom }: Architecture, policy: SeccompPolicy): Range[] {
  const decisions = new Map<number, Decision>();
  const decide = (name: CallName, decision: Decision) => {
    const number = calls[name];
    if (number !== undefined) decisions.set(number, decision);
  };
  const refuse = fail(EPERM);
  for (const name of deniedCalls) decide(name, refuse);
  for (const [name, decision] of checkedCalls(policy)) decide(name, decision);

  const ranges: Range[] = [];
  const add = (from: number, decision: Decision) => {
    if (ranges.at(-1)?.decision !== decision) ranges.push({ from, decision });
  };
  for (let number = 0; number <= LAST_KNOWN_CALL; number += 1) add(number, decisions.get(number) ?? allow);
  add(LAST_KNOWN_CALL + 1, fail(ENOSYS));
  if (foreignFrom !== undefined) add(foreignFrom, killProcess);
  return ranges;
}

/** Halves the ranges, so that a call meets some ten comparisons instead of one per name. */
function byNumber(ranges: readonly Range[]): Decision {
  const middle = ranges.length >> 1;
  const first = ranges[0];
  const upper = ranges[middle];
  if (first === undefined || upper === undefined) return killProcess;
  if (ranges.length === 1) return first.decision;
  return {
    word: "number",
    test: "atLeast",
    value: upper.from,
    yes: byNumber(ranges.slice(middle)),
    no: byNumber(ranges.slice(0, middle)),
  };
}
