import type { PageModule, PageState } from "../src/http/page/page-messages.js";
import { percentileMs, rateOver } from "./rates.js";
import { bytesText, countText, msText, rateText } from "./texts.js";

const columns = [
  "State",
  "Health",
  "Queue",
  "In flight",
  "Delivered",
  "Dropped",
  "Failed",
  "Filtered",
  "Handler p50",
  "p99",
  "Delivery p99",
  "CPU",
  "Memory",
  "Restarts",
] as const;

export function ModulesTable({ states }: { readonly states: readonly PageState[] }) {
  const state = states.at(-1);
  if (state === undefined) return <p class="faint">Nothing is known yet.</p>;
  if (state.modules.length === 0) return <p class="faint">No module is installed.</p>;
  const layers = state.sandbox?.layers.filter(({ status }) => status === "enforced").length ?? 0;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what is beyond its edge is reached with the arrow keys
    <section class="scroll" aria-label="Table of modules" tabIndex={0}>
      <table>
        <caption>
          {state.sandbox === null || state.sandbox.mode === "off"
            ? "No sandbox. "
            : `Each in ${layers} of ${state.sandbox.layers.length} enforced layers of the sandbox. `}
          Rates and percentiles of the last seconds; counts since the host started.
        </caption>
        <thead>
          <tr>
            <th scope="col">Module</th>
            {columns.map((name) => (
              <th key={name} scope="col" class={name === "State" || name === "Health" ? "words" : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {state.modules.map((module) => (
            <ModuleRow key={module.name} module={module} states={states} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function ModuleRow({
  module,
  states,
}: {
  readonly module: PageModule;
  readonly states: readonly PageState[];
}) {
  const { name, version, state, health, delivery, use, handlers, latency, restarts } = module;
  const before = states[0]?.modules.find((each) => each.name === name);
  const rate = (read: (counts: NonNullable<PageModule["delivery"]>) => number) =>
    rateOver(states, ({ modules }) => {
      const counts = modules.find((each) => each.name === name)?.delivery;
      return counts === null || counts === undefined ? undefined : read(counts);
    });
  const earlier = states.length > 1 ? before : undefined;
  const isDropping = (rate(({ dropped_full }) => dropped_full) ?? 0) > 0;
  return (
    <tr>
      <th scope="row">
        {name} <span class="faint">{version}</span>
      </th>
      <td class="words">{state}</td>
      <td class="words">
        <span
          class={health === null || health.state === "healthy" ? undefined : "bad"}
          title={health?.reason}
        >
          {health?.state ?? "–"}
        </span>
      </td>
      <td>
        <Fill waiting={delivery?.waiting ?? 0} capacity={module.capacity} isSlow={module.is_slow} />
      </td>
      <td>{countText(delivery?.in_flight ?? 0)}</td>
      <td>{rateText(rate(({ delivered }) => delivered))}</td>
      <td class={isDropping ? "bad" : undefined}>
        {countText(delivery?.dropped_full ?? 0)}
        {isDropping && ` (${rateText(rate(({ dropped_full }) => dropped_full))})`}
      </td>
      <td>{countText(delivery?.failed ?? 0)}</td>
      <td>{countText(delivery?.filtered ?? 0)}</td>
      <td>{msText(percentileMs(earlier?.handlers, handlers, 0.5))}</td>
      <td>{msText(percentileMs(earlier?.handlers, handlers, 0.99))}</td>
      <td>{msText(percentileMs(earlier?.latency, latency, 0.99))}</td>
      <td>{use?.cpu_percent == null ? "–" : `${use.cpu_percent.toFixed(1)} %`}</td>
      <td>{bytesText(use?.memory_bytes)}</td>
      <td>{countText(restarts)}</td>
    </tr>
  );
}

interface FillProps {
  readonly waiting: number;
  readonly capacity: number | null;
  readonly isSlow: boolean;
}

/** How full the queue is, in numbers, and as a bar for those who see it. */
function Fill({ waiting, capacity, isSlow }: FillProps) {
  if (capacity === null) return <>–</>;
  return (
    <>
      <span class={isSlow ? "fill full" : "fill"} aria-hidden="true">
        <svg viewBox="0 0 100 10" preserveAspectRatio="none" role="presentation">
          <rect width={Math.min(100, (100 * waiting) / Math.max(1, capacity))} height="10" />
        </svg>
      </span>
      {countText(waiting)} of {countText(capacity)}
      {isSlow && <span class="bad"> slow</span>}
    </>
  );
}
