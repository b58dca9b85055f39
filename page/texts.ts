import type { Bound } from "./rates.js";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const one = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
/** What is longer ago is told with its day. */
const SAME_DAY_MS = 12 * 3_600_000;

export function countText(count: number): string {
  return whole.format(count);
}

/** A number with its noun, as in "1 restart" and "2 restarts". */
export function manyText(count: number, noun: string): string {
  return `${whole.format(count)} ${noun}${count === 1 ? "" : "s"}`;
}

export function rateText(perSecond: number | undefined): string {
  if (perSecond === undefined) return "–";
  return `${perSecond > 0 && perSecond < 10 ? one.format(perSecond) : whole.format(perSecond)}/s`;
}

export function boundText(bound: Bound | undefined): string {
  if (bound === undefined) return "–";
  const { isAtMost, ms } = bound;
  const length =
    ms >= 1000 ? `${one.format(ms / 1000)} s` : `${ms < 10 ? one.format(ms) : whole.format(ms)} ms`;
  return `${isAtMost ? "≤" : ">"} ${length}`;
}

export function bytesText(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return "–";
  if (bytes < 1024) return `${whole.format(bytes)} B`;
  if (bytes < 1024 ** 2) return `${whole.format(bytes / 1024)} KiB`;
  if (bytes < 1024 ** 3) return `${whole.format(bytes / 1024 ** 2)} MiB`;
  return `${one.format(bytes / 1024 ** 3)} GiB`;
}

/** How long ago, in the largest unit that fits. */
export function agoText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}

/** The time of the reader's day; with its date when it is not about `nowMs`, which is the host's now. */
export function clockText(ms: number, nowMs = ms): string {
  const time = new Date(ms).toLocaleTimeString("en-GB");
  if (Math.abs(nowMs - ms) < SAME_DAY_MS) return time;
  return `${new Date(ms).toLocaleDateString("en-GB", { day: "numeric", month: "short" })} ${time}`;
}

/** A fate as `explain` names it, in words. */
export function fateText(fate: string): string {
  return fate.replaceAll("_", " ");
}
