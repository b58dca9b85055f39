// biome-ignore-all lint/a11y/noRedundantRoles: a narrow page lays rows out as blocks, which takes their roles away in some browsers
import type { ComponentChildren } from "preact";
import type { PageModule, PageState } from "../src/http/page/page-messages.js";
import { percentile, rateOver } from "./rates.js";
import { boundText, bytesText, countText, rateText } from "./texts.js";

export function ModulesTable({ states }: { readonly states: readonly PageState[] }) {
  const state = states.at(-1);
  if (state === undefined) return <p class="faint">Nothing is known yet.</p>;
  if (state.modules.length === 0) return <p class="faint">No module is installed.</p>;
  return (
    <>
      <p class="faint">
        Counts are events since the host started or they were reset; rates and percentiles are of the last
        seconds. Handler is the time in the module, delivery that from publishing to acknowledgement. CPU is
        of one core. {sandboxText(state.sandbox)}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what is beyond its edge is reached with the arrow keys */}
      <section class="scroll" aria-label="Table of modules" tabIndex={0}>
        <table role="table" class="modules">
          <thead role="rowgroup">
            <tr role="row">
              {["Module", ...cells.map(({ name }) => name)].map((name, index) => (
                <th key={name} role="columnheader" scope="col" class={index < 2 ? "words" : undefined}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {state.modules.map((module) => (
              <ModuleRow key={module.name} module={module} states={states} />
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

function sandboxText(sandbox: PageState["sandbox"]): string {
  if (sandbox === null || sandbox.mode === "off") return "There is no sandbox.";
  const enforced = sandbox.layers.filter(({ status }) => status === "enforced").length;
  return `Of the sandbox's ${sandbox.layers.length} layers ${enforced} are enforced.`;
}

/** One module, with what it did in the last seconds. */
interface Seen extends PageModule {
  readonly rate: (count: "delivered" | "dropped_full") => number | undefined;
  /** As it was some seconds ago. */
  readonly before: PageModule | undefined;
}

interface Cell {
  readonly name: string;
  readonly show: (seen: Seen) => ComponentChildren;
  readonly isBad?: (seen: Seen) => boolean;
}

const percentileOf = (seen: Seen, of: "handlers" | "latency", share: number) =>
  boundText(percentile(seen.before?.[of], seen[of], share));

const cells: readonly Cell[] = [
  { name: "State", show: (seen) => <State {...seen} /> },
  {
    name: "Queue",
    show: ({ delivery, capacity, is_slow }) => (
      <Fill waiting={delivery?.waiting ?? 0} capacity={capacity} isSlow={is_slow} />
    ),
  },
  { name: "In flight", show: ({ delivery }) => countText(delivery?.in_flight ?? 0) },
  { name: "Delivered", show: ({ rate }) => rateText(rate("delivered")) },
  {
    name: "Dropping",
    show: ({ rate }) => rateText(rate("dropped_full")),
    isBad: ({ rate }) => (rate("dropped_full") ?? 0) > 0,
  },
  {
    name: "Dropped",
    show: ({ delivery }) => countText(delivery?.dropped_full ?? 0),
    isBad: ({ delivery }) => (delivery?.dropped_full ?? 0) > 0,
  },
  {
    name: "Failed",
    show: ({ delivery }) => countText(delivery?.failed ?? 0),
    isBad: ({ delivery }) => (delivery?.failed ?? 0) > 0,
  },
  { name: "Filtered", show: ({ delivery }) => countText(delivery?.filtered ?? 0) },
  { name: "Handler p50", show: (seen) => percentileOf(seen, "handlers", 0.5) },
  { name: "Handler p99", show: (seen) => percentileOf(seen, "handlers", 0.99) },
  { name: "Delivery p99", show: (seen) => percentileOf(seen, "latency", 0.99) },
  { name: "CPU", show: ({ use }) => (use?.cpu_percent == null ? "–" : `${use.cpu_percent.toFixed(1)} %`) },
  { name: "Memory", show: ({ use }) => bytesText(use?.memory_bytes) },
  { name: "Restarts", show: ({ restarts }) => countText(restarts) },
];

function ModuleRow({
  module,
  states,
}: {
  readonly module: PageModule;
  readonly states: readonly PageState[];
}) {
  const { name, version } = module;
  const seen: Seen = {
    ...module,
    rate: (count) =>
      rateOver(states, ({ modules }) => modules.find((each) => each.name === name)?.delivery?.[count]),
    before: states.length > 1 ? states[0]?.modules.find((each) => each.name === name) : undefined,
  };
  return (
    <tr role="row">
      <th role="rowheader" scope="row">
        <span class="name">{name}</span> <span class="version line faint">{version}</span>
      </th>
      {cells.map((cell, index) => (
        <td
          key={cell.name}
          role="cell"
          data-name={cell.name}
          class={`${index === 0 ? "words" : ""} ${cell.isBad?.(seen) === true ? "bad" : ""}`.trim()}
        >
          {cell.show(seen)}
        </td>
      ))}
    </tr>
  );
}

function State({ state, health, is_slow }: PageModule) {
  const isIll = health !== null && health.state !== "healthy";
  return (
    <>
      <span>
        <span class={state === "Error" ? "bad" : undefined}>{state}</span>
        {isIll && (
          <>
            , <span class="bad">{health.state}</span>
          </>
        )}
        {is_slow && (
          <>
            , <span class="bad">slow</span>
          </>
        )}
      </span>
      {isIll && health.reason !== undefined && <span class="reason lines faint">{health.reason}</span>}
    </>
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
    <span>
      <span class={isSlow ? "fill full" : "fill"} aria-hidden="true">
        <svg viewBox="0 0 100 10" preserveAspectRatio="none" role="presentation">
          <rect width={Math.min(100, (100 * waiting) / Math.max(1, capacity))} height="10" />
        </svg>
      </span>
      {countText(waiting)} of {countText(capacity)}
    </span>
  );
}
