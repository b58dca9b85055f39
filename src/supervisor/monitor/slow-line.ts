import type { Logger } from "../../log.js";
import type { SlowEpisode } from "./slow-watch.js";

/** Types that the line names; the others are counted together. */
const NAMED_TYPES = 5;

/** The one line of an episode: who was slow, how long, what it lost, and how far it was behind at worst. */
export function logSlowEpisode(log: Logger, moduleName: string, episode: SlowEpisode, nowMs: number): void {
  const { startMs, endMs, dropped, byType, peakWaitingEvents, peakWaitingMs } = episode;
  const wallMs = (atMs: number) => new Date(Date.now() - (nowMs - atMs)).toISOString();
  const lasted = `${((endMs - startMs) / 1000).toFixed(1)} s`;
  log.warn(
    {
      module: moduleName,
      start: wallMs(startMs),
      end: wallMs(endMs),
      dropped,
      droppedByType: Object.fromEntries(byType),
      peakWaiting: peakWaitingEvents,
      peakWaitingMs: Math.round(peakWaitingMs),
    },
    `module ${moduleName} was slow for ${lasted} and lost ${dropped} events (${typesText(byType)}); at worst ` +
      `${peakWaitingEvents} waited, the oldest for ${(peakWaitingMs / 1000).toFixed(1)} s; ` +
      "blvm-streams report names the event type whose handler takes the time",
  );
}

function typesText(byType: SlowEpisode["byType"]): string {
  const named = byType.slice(0, NAMED_TYPES).map(([type, count]) => `${type} ${count}`);
  const others = byType.slice(NAMED_TYPES).reduce((sum, [, count]) => sum + count, 0);
  return [...named, ...(others > 0 ? [`others ${others}`] : [])].join(", ");
}
