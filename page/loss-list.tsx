import type { LossEpisode } from "./marble-model.js";
import { clockText, countText } from "./texts.js";

const SHOWN = 8;

/** What was lost since the page is open, the newest first. The books know of it, whether the diagram showed it or not. */
export function LossList({ losses }: { readonly losses: readonly LossEpisode[] }) {
  if (losses.length === 0) return <p class="faint">No module has lost an event since this page is open.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what is beyond its edge is reached with the arrow keys
    <section class="scroll" aria-label="Table of losses" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Module</th>
            <th scope="col">When</th>
            <th scope="col">Dropped</th>
            <th scope="col">Failed</th>
            <th scope="col">Gaps told</th>
          </tr>
        </thead>
        <tbody>
          {losses.slice(0, SHOWN).map(({ key, module, fromMs, toMs, dropped, failed, gaps }) => (
            <tr key={key}>
              <th scope="row">{module}</th>
              <td>
                {toMs - fromMs < 1_000 ? clockText(fromMs) : `${clockText(fromMs)} – ${clockText(toMs)}`}
              </td>
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
