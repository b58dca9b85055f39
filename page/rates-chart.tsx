import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { PageState } from "../src/http/page/page-messages.js";
import { cssColour } from "./colours.js";
import { rateOver } from "./rates.js";
import { clockText, rateText } from "./texts.js";
import type { Scheme } from "./use-media.js";

/** Five minutes at one state a second. */
const MAX_POINTS = 300;
const LEAST_SPAN_SECONDS = 60;
const HEIGHT = 190;

type Points = [at: number[], published: number[], delivered: number[], lost: number[]];

interface RatesChartProps {
  readonly states: readonly PageState[];
  readonly scheme: Scheme;
}

const lines = [
  { name: "Published", colour: "--series-1", dash: [] },
  { name: "Delivered", colour: "--series-2", dash: [6, 3] },
  { name: "Lost", colour: "--bad", dash: [2, 2] },
] as const;

/** Published, delivered and lost events each second, of the last five minutes that the page was open. */
export function RatesChart({ states, scheme }: RatesChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const { current: points } = useRef<Points>([[], [], [], []]);
  const chart = useRef<uPlot | undefined>(undefined);
  const rates = [
    rateOver(states, ({ host }) => host.last_seq),
    rateOver(states, (state) => sumOf(state, ["delivered"])),
    rateOver(states, (state) => sumOf(state, ["dropped_full", "failed"])),
  ];
  const atMs = states.at(-1)?.at_ms;

  useEffect(() => {
    if (atMs === undefined || rates.some((rate) => rate === undefined)) return;
    const [times] = points;
    // A clock that was set back: a line of time has one direction.
    if (atMs / 1000 <= (times.at(-1) ?? 0)) for (const list of points) list.length = 0;
    for (const [index, value] of [atMs / 1000, ...rates].entries()) {
      points[index]?.push(value ?? 0);
      if (times.length > MAX_POINTS) points[index]?.shift();
    }
    chart.current?.setData(points);
  }, [atMs]);

  // Its colours are those of the scheme: it is made anew with them.
  useEffect(() => {
    const { current: element } = place;
    if (element === null) return;
    const made = new uPlot(optionsFor(element.clientWidth), points, element);
    chart.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      chart.current = undefined;
    };
  }, [scheme]);

  return (
    <>
      <ul class="rates">
        {lines.map(({ name, colour, dash }, index) => (
          <li key={name}>
            <svg viewBox="0 0 26 10" aria-hidden="true" role="presentation">
              <path
                d="M1 5H25"
                stroke={`var(${colour})`}
                stroke-width="2"
                stroke-dasharray={dash.join(" ")}
              />
            </svg>
            {name}{" "}
            <strong class={name === "Lost" && (rates[index] ?? 0) > 0 ? "bad" : undefined}>
              {rateText(rates[index])}
            </strong>
          </li>
        ))}
      </ul>
      <p class="faint">An event counts once as published, and once for each module that gets or loses it.</p>
      <div class="chart" ref={place} aria-hidden="true" />
    </>
  );
}

function sumOf({ modules }: PageState, counts: readonly ("delivered" | "dropped_full" | "failed")[]): number {
  return modules.reduce(
    (sum, { delivery }) => counts.reduce((total, count) => total + (delivery?.[count] ?? 0), sum),
    0,
  );
}

function optionsFor(width: number): uPlot.Options {
  const axis = { stroke: cssColour("--faint"), grid: { stroke: cssColour("--line"), width: 0.5 } };
  return {
    width,
    height: HEIGHT,
    cursor: { show: false },
    legend: { show: false },
    scales: {
      x: {
        // Without a point there is no time to tell of: any is as good.
        range: (_chart, first, last) =>
          last > 0 ? [Math.min(first, last - LEAST_SPAN_SECONDS), last] : [0, 60],
      },
      y: { range: (_chart, _least, most) => [0, Math.max(1, most * 1.1)] },
    },
    axes: [
      { ...axis, space: 70, values: (_chart, splits) => splits.map((at) => clockText(at * 1000)) },
      { ...axis, size: 60 },
    ],
    series: [
      {},
      ...lines.map(({ name, colour, dash }) => ({
        label: name,
        stroke: cssColour(colour),
        width: 2,
        dash: [...dash],
        points: { show: false },
      })),
    ],
  };
}
