import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { categoryColour, diagramColours } from "./colours.js";
import {
  type Colours,
  drawMarbles,
  LANE_HEIGHT,
  marbleAt,
  type Selected,
  type View,
} from "./draw-marbles.js";
import { Legend } from "./legend.js";
import type { Lane, Marble } from "./marble-model.js";
import { countText, fateText, manyText } from "./texts.js";
import type { Marbles } from "./use-link.js";
import { type Scheme, useMedia } from "./use-media.js";

/** The diagram is this much behind the newest tick, so that it moves evenly. */
const BEHIND_MS = 250;
const MS_PER_PIXEL = 12;
/** How often it moves for those who want no motion. */
const STEP_MS = 1_000;
const MIN_WINDOW_MS = 4_000;
const MAX_WINDOW_MS = 15_000;

interface MarbleViewProps {
  readonly marbles: Marbles;
  readonly modules: readonly string[];
  readonly categoryOf: Readonly<Record<string, string>>;
  readonly scheme: Scheme;
  readonly isFeedOpen: boolean;
  /** Changes with each tick: what is said beside the diagram changes with it. */
  readonly tickCount: number;
  readonly onAsk: (asked: Selected) => void;
}

export function MarbleView({ marbles, modules, categoryOf, scheme, isFeedOpen, onAsk }: MarbleViewProps) {
  const { isDark } = scheme;
  const canvas = useRef<HTMLCanvasElement>(null);
  const view = useRef<View>({ width: 1, edgeMs: 0, windowMs: MIN_WINDOW_MS });
  const [isPaused, setPaused] = useState(false);
  const [selected, setSelected] = useState<Selected | undefined>(undefined);
  const colours = useMemo(() => diagramColours(categoryOf, isDark), [categoryOf, scheme]);
  const lanes = marbles.model.lanes(modules);
  // Who wants no motion sees the diagram step by step.
  const isStill = useMedia("(prefers-reduced-motion: reduce)");
  const shown = useRef({ lanes, selected, colours });
  shown.current = { lanes, selected, colours };

  useEffect(() => {
    let frame = 0;
    let movedMs = Number.NEGATIVE_INFINITY;
    let drawn: unknown;
    let drawnPlace = "";
    const draw = () => {
      frame = requestAnimationFrame(draw);
      const { current: element } = canvas;
      const nowMs = performance.now();
      if (element === null) return;
      const isToMove = !marbles.isPaused && (!isStill || nowMs - movedMs >= STEP_MS);
      if (isToMove && marbles.aheadMs !== undefined) {
        movedMs = nowMs;
        view.current = { ...view.current, edgeMs: nowMs - marbles.aheadMs - BEHIND_MS };
      }
      // What stands still is drawn again only when something about it changed; between two steps nothing does.
      const place = `${scrollY} ${innerWidth} ${innerHeight} ${devicePixelRatio}`;
      const isSame = drawn === shown.current || !marbles.isPaused;
      if (!isToMove && isSame && drawnPlace === place) return;
      drawn = shown.current;
      drawnPlace = place;
      paint(element, view, shown.current);
    };
    frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, [marbles, isStill]);

  function pause(isToPause: boolean): void {
    marbles.isPaused = isToPause;
    if (!isToPause) {
      marbles.missed = 0;
      setSelected(undefined);
    }
    setPaused(isToPause);
  }

  function choose(next: Selected | undefined): void {
    if (next === undefined) return;
    pause(true);
    setSelected(next);
    if (canvas.current !== null)
      showLane(
        canvas.current,
        lanes.findIndex(({ module }) => module === next.module),
      );
  }

  function onKeyDown(event: KeyboardEvent): void {
    // Alt and an arrow is the browser's way back, and so on.
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const next = moved(lanes, view.current, selected, event.key);
    if (event.key === " ") pause(!isPaused);
    else if (event.key === "Escape") pause(false);
    else if (event.key === "Enter" && selected !== undefined) onAsk(selected);
    else if (next !== undefined) choose(next);
    else return;
    event.preventDefault();
  }

  const { shown: count, published } = marbles.model.sampling();
  const marble = find(lanes, selected);
  return (
    <>
      <div class="row">
        <button type="button" aria-pressed={isPaused} onClick={() => pause(!isPaused)}>
          {isPaused ? "Paused: go on" : "Pause"}
        </button>
        <span
          class="faint"
          data-shown={count}
          data-published={published}
          data-newest-ms={marbles.model.newestMs}
        >
          {samplingText(count, published, isFeedOpen)}
          {isPaused && ` ${countText(marbles.missed)} events were published since the pause.`}
        </span>
      </div>
      {lanes.length === 0 && <p class="faint">No module is installed.</p>}
      {lanes.length < modules.length && (
        <p class="faint">
          The first {lanes.length} of {modules.length} modules have a lane here.
        </p>
      )}
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: its own keys, told in its label, are those of an application */}
      <canvas
        ref={canvas}
        class="marbles"
        tabIndex={0}
        role="application"
        aria-roledescription="marble diagram"
        aria-label={`Events of ${manyText(lanes.length, "module")}. Arrow keys choose an event, Enter asks why, Space pauses, Escape goes on.`}
        onKeyDown={onKeyDown}
        onClick={(event) => {
          const hit = marbleAt(lanes, view.current, event.offsetX, event.offsetY);
          if (hit !== undefined) {
            const next = { module: hit.module, seq: hit.marble.seq };
            choose(next);
            onAsk(next);
          }
        }}
      />
      <p role="status" class="chosen">
        {marble !== undefined && selected !== undefined
          ? `${selected.module}, event ${marble.seq}, ${marble.type} (${categoryOf[marble.type] ?? ""}): ${fateText(marble.fate)}. Enter asks why.`
          : "Click an event, or choose one with the arrow keys, to see what became of it."}
      </p>
      <Legend categories={categoriesIn(lanes, categoryOf, isDark)} />
    </>
  );
}

function samplingText(shown: number, published: number, isFeedOpen: boolean): string {
  if (!isFeedOpen) return "No events come.";
  if (published === 0) return "No event in the last 5 seconds.";
  if (shown >= published) return `All ${countText(published)} events of the last 5 seconds are shown.`;
  return `Sampled: ${countText(shown)} of ${countText(published)} events of the last 5 seconds are shown, of types that modules are subscribed to. Every loss is counted.`;
}

/** Scrolls the page as far as needed to have a lane in sight. */
function showLane(element: HTMLCanvasElement, index: number): void {
  const top = element.getBoundingClientRect().top + index * LANE_HEIGHT;
  const below = top + LANE_HEIGHT - innerHeight;
  if (top < 0) scrollBy(0, top);
  else if (below > 0) scrollBy(0, below);
}

function paint(
  element: HTMLCanvasElement,
  view: { current: View },
  { lanes, selected, colours }: { lanes: readonly Lane[]; selected: Selected | undefined; colours: Colours },
): void {
  const context = element.getContext("2d");
  if (context === null) return;
  const width = element.parentElement?.clientWidth ?? 300;
  const inner = width - paddingOf(element);
  const height = Math.max(1, lanes.length) * LANE_HEIGHT;
  const ratio = devicePixelRatio;
  if (element.width !== Math.round(inner * ratio) || element.height !== Math.round(height * ratio)) {
    element.width = Math.round(inner * ratio);
    element.height = Math.round(height * ratio);
    element.style.height = `${height}px`;
  }
  const windowMs = Math.min(MAX_WINDOW_MS, Math.max(MIN_WINDOW_MS, inner * MS_PER_PIXEL));
  view.current = { ...view.current, width: inner, windowMs };
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  drawMarbles(context, lanes, inSight(element, lanes.length), view.current, colours, selected);
}

/** Of many lanes most are beyond the window's edges: to draw them would be the most of all work. */
function inSight(
  element: HTMLCanvasElement,
  count: number,
): { readonly first: number; readonly end: number } {
  const { top } = element.getBoundingClientRect();
  const first = Math.max(0, Math.floor(-top / LANE_HEIGHT));
  return { first, end: Math.max(first, Math.min(count, Math.ceil((innerHeight - top) / LANE_HEIGHT))) };
}

function paddingOf({ parentElement }: HTMLCanvasElement): number {
  if (parentElement === null) return 0;
  const { paddingLeft, paddingRight } = getComputedStyle(parentElement);
  return Number.parseFloat(paddingLeft) + Number.parseFloat(paddingRight);
}

function find(lanes: readonly Lane[], selected: Selected | undefined): Marble | undefined {
  if (selected === undefined) return undefined;
  return lanes
    .find(({ module }) => module === selected.module)
    ?.marbles.find(({ seq }) => seq === selected.seq);
}

/** Where an arrow key leads: along the lane by time, to other lanes to what is nearest in time. */
function moved(
  lanes: readonly Lane[],
  { edgeMs, windowMs }: View,
  selected: Selected | undefined,
  key: string,
): Selected | undefined {
  if (!["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"].includes(key)) return undefined;
  const inSight = lanes.map(({ module, marbles }) => ({
    module,
    marbles: marbles.filter(({ atMs }) => atMs <= edgeMs && atMs >= edgeMs - windowMs),
  }));
  const filled = inSight.filter(({ marbles }) => marbles.length > 0);
  const at = filled.findIndex(({ module }) => module === selected?.module);
  const lane = filled[at];
  const index = lane?.marbles.findIndex(({ seq }) => seq === selected?.seq) ?? -1;
  if (lane === undefined || index < 0) {
    const first = filled[0];
    const newest = first?.marbles.at(-1);
    return first === undefined || newest === undefined
      ? undefined
      : { module: first.module, seq: newest.seq };
  }
  if (key === "ArrowUp" || key === "ArrowDown") {
    const other = filled[at + (key === "ArrowUp" ? -1 : 1)];
    const nearest = other?.marbles.toSorted(
      (a, b) => apart(a, lane.marbles[index]) - apart(b, lane.marbles[index]),
    )[0];
    return other === undefined || nearest === undefined
      ? selected
      : { module: other.module, seq: nearest.seq };
  }
  const last = lane.marbles.length - 1;
  const next = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: last }[key] ?? index;
  const marble = lane.marbles[Math.min(last, Math.max(0, next))];
  return marble === undefined ? selected : { module: lane.module, seq: marble.seq };
}

function apart(a: Marble, b: Marble | undefined): number {
  return Math.abs(a.atMs - (b?.atMs ?? 0));
}

function categoriesIn(
  lanes: readonly Lane[],
  categoryOf: Readonly<Record<string, string>>,
  isDark: boolean,
): readonly { readonly name: string; readonly colour: string }[] {
  const all = [...new Set(Object.values(categoryOf))];
  const seen = new Set(lanes.flatMap(({ marbles }) => marbles.map(({ type }) => categoryOf[type] ?? "")));
  return all
    .filter((name) => seen.has(name))
    .map((name) => ({ name, colour: categoryColour(name, all, isDark) }));
}
