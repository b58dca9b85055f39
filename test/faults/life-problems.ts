import { documentedCodes } from "./documented-codes.js";
import type { LifeReport, Refusal } from "./life-worker.js";

/** Calls whose failure leaves a file or folder that could not be removed, or not be looked at before. */
const REMOVAL = /\.(?:rm|rmdir|unlink) |readHostFile|readIfPresent/;

/** One sentence per promise that a life with a fault broke; empty when it kept all of them. */
export function lifeProblems(report: LifeReport): string[] {
  const { again, isStarted, leftAfter, leftBefore, leftInTheEnd, held, heldAgain, uncaught, refusals } =
    report;
  const mayLeave = REMOVAL.test(report.key ?? "");
  const isKnown = (name: string) => !isStarted && leftBefore.includes(name);
  const left = leftAfter.filter((name) => !isKnown(name));
  return [
    ...report.problems,
    ...again.problems,
    ...uncaught.map((error) => `nobody caught ${error}`),
    ...[...held, ...heldAgain].map((what) => `still held: ${what}`),
    ...(left.length > (mayLeave ? 3 : 0) ? [`left behind: ${left.join(", ")}`] : []),
    ...(leftInTheEnd.length > (mayLeave ? 1 : 0) ? [`left in the end: ${leftInTheEnd.join(", ")}`] : []),
    ...[...refusals, ...again.refusals].flatMap(unclear),
    ...(again.isStarted || hasLostItsLock(report) ? [] : ["no second host could start on the same folders"]),
  ];
}

/** A lock that could not be removed: told at close, and open to the next process. */
function hasLostItsLock({ refusals, again }: LifeReport): boolean {
  return (
    refusals.some(({ what, code }) => what === "close" && code === "DATA_DIR_UNUSABLE") &&
    again.refusals.some(({ what, code }) => what === "start" && code === "DATA_DIR_IN_USE")
  );
}

/** An error is clear when it is one line of ours that says what was found and what to do, under a documented code. */
function unclear({ what, code, message, isOurs }: Refusal): string[] {
  const isClear = isOurs && documentedCodes.has(code) && !message.includes("\n") && /[;:] /.test(message);
  return isClear ? [] : [`${what} was refused with ${code}: ${message}`];
}
