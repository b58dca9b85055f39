import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { PageState } from "../src/http/page/page-messages.js";
import { cssColour } from "./colours.js";
import { rateOver } from "./rates.js";
import { rateText } from "./texts.js";

/** Five minutes at one state a second. */
const MAX_POINTS = 300;
const HEIGHT = 190;

interface Points {
  readonly at: number[];
  readonly published: number[];
  readonly delivered: number[];
  readonly lost: number[];
}

interface RatesChartProps {
  readonly states: readonly PageState[];
  readonly isDark: boolean;
}

/** Published, delivered and lost events each second, of the last five minutes that the page was open. */
export function RatesChart({ states, isDark }: RatesChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const { current: points } = useRef<Points>({ at: [], published: [], delivered: [], lost: [] });
  const chart = useRef<uPlot | undefined>(undefined);
  const published = rateOver(states, ({ host }) => host.last_seq);
  const delivered = rateOver(states, (state) => sumOf(state, "delivered"));
  const lost = rateOver(states, (state) => sumOf(state, "dropped_full"));
  const atMs = states.at(-1)?.at_ms;

  useEffect(() => {
    if (atMs === undefined || published === undefined || delivered === undefined || lost === undefined)
      return;
    for (const [list, value] of [
      [points.at, atMs / 1000],
      [points.published, published],
      [points.delivered, delivered],
      [points.lost, lost],
    ] as const) {
      list.push(value);
      if (list.length > MAX_POINTS) list.shift();
    }
    chart.current?.setData(dataOf(points));
  }, [atMs]);

  // Its colours are those of the scheme: it is made anew with them.
  useEffect(() => {
    const { current: element } = place;
    if (element === null) return;
    const made = new uPlot(optionsFor(element.clientWidth), dataOf(points), element);
    chart.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      chart.current = undefined;
    };
  }, [isDark]);

  return (
    <>
      <p>
        Published {rateText(published)}, delivered {rateText(delivered)}, lost{" "}
        <span class={(lost ?? 0) > 0 ? "bad" : undefined}>{rateText(lost)}</span>
        <span class="faint"> (all modules)</span>
      </p>
      <div class="chart" ref={place} aria-hidden="true" />
    </>
  );
}

function sumOf({ modules }: PageState, count: "delivered" | "dropped_full"): number {
  return modules.reduce((sum, { delivery }) => sum + (delivery?.[count] ?? 0), 0);
}

function dataOf({ at, published, delivered, lost }: Points): uPlot.AlignedData {
  return [at, published, delivered, lost];
}

function optionsFor(width: number): uPlot.Options {
  const axis = { stroke: cssColour("--faint"), grid: { stroke: cssColour("--line"), width: 0.5 } };
  const line = (label: string, colour: string, dash?: number[]) => ({
    label,
    stroke: cssColour(colour),
    width: 2,
    ...(dash === undefined ? {} : { dash }),
  });
  return {
    width,
    height: HEIGHT,
    cursor: { show: false },
    legend: { live: false },
    scales: { y: { range: (_chart, _least, most) => [0, Math.max(1, most * 1.1)] } },
    axes: [axis, { ...axis, size: 60 }],
    series: [
      {},
      line("published", "--series-1"),
      line("delivered", "--series-2", [6, 3]),
      line("lost", "--bad", [2, 2]),
    ],
  };
}
