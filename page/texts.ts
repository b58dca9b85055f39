const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const one = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

export function countText(count: number): string {
  return whole.format(count);
}

export function rateText(perSecond: number | undefined): string {
  if (perSecond === undefined) return "–";
  return `${perSecond > 0 && perSecond < 10 ? one.format(perSecond) : whole.format(perSecond)}/s`;
}

export function msText(ms: number | undefined): string {
  if (ms === undefined) return "–";
  if (ms === Number.POSITIVE_INFINITY) return "> 1.9 s";
  if (ms >= 1000) return `≤ ${one.format(ms / 1000)} s`;
  return `≤ ${ms < 10 ? one.format(ms) : whole.format(ms)} ms`;
}

export function bytesText(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return "–";
  if (bytes < 1024) return `${whole.format(bytes)} B`;
  if (bytes < 1024 ** 2) return `${whole.format(bytes / 1024)} KiB`;
  return `${whole.format(bytes / 1024 ** 2)} MiB`;
}

/** How long ago, in the largest unit that fits. */
export function agoText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}

export function clockText(ms: number): string {
  return new Date(ms).toLocaleTimeString("en-GB");
}

/** A fate as `explain` names it, in words. */
export function fateText(fate: string): string {
  return fate.replaceAll("_", " ");
}
