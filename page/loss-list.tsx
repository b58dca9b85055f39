import type { LossEpisode } from "./marble-model.js";
import { clockText, countText } from "./texts.js";

const SHOWN = 8;

interface LossListProps {
  readonly losses: readonly LossEpisode[];
  readonly sinceMs: number | undefined;
  readonly nowMs: number | undefined;
}

/** What was lost while the page looked, the newest first. The books know of it, whether the diagram showed it or not. */
export function LossList({ losses, sinceMs, nowMs }: LossListProps) {
  const at = (ms: number) => clockText(ms, nowMs);
  if (losses.length === 0)
    return (
      <p class="faint">
        {sinceMs === undefined
          ? "Nothing is known yet."
          : `No module has lost an event since ${at(sinceMs)}, when this page began to look.`}
      </p>
    );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what is beyond its edge is reached with the arrow keys
    <section class="scroll" aria-label="Table of losses" tabIndex={0}>
      <table class="losses">
        <thead>
          <tr>
            <th scope="col">Module</th>
            <th scope="col">When</th>
            <th scope="col">Events dropped</th>
            <th scope="col">Failed</th>
            <th scope="col">Gaps told</th>
          </tr>
        </thead>
        <tbody>
          {losses.slice(0, SHOWN).map(({ key, module, fromMs, toMs, dropped, failed, gaps }) => (
            <tr key={key}>
              <th scope="row">{module}</th>
              <td>{toMs - fromMs < 1_000 ? at(fromMs) : `${at(fromMs)} – ${at(toMs)}`}</td>
              <td class={dropped > 0 ? "bad" : undefined}>{countText(dropped)}</td>
              <td class={failed > 0 ? "bad" : undefined}>{countText(failed)}</td>
              <td>{countText(gaps)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
