import { type LossSpan, lossesApart } from "./losses-apart.js";
import type { Lane, Marble } from "./marble-model.js";

export const LANE_HEIGHT = 58;
const RADIUS = 5.5;
const LINE_OFFSET = 34;
/** Room for one number of lost events. */
const LOSS_WIDTH = 42;

/** Which part of time is drawn. */
export interface View {
  readonly width: number;
  readonly edgeMs: number;
  readonly windowMs: number;
}

export interface Colours {
  readonly text: string;
  readonly faint: string;
  readonly line: string;
  readonly bad: string;
  readonly gap: string;
  readonly focus: string;
  readonly ground: string;
  readonly ofType: (type: string) => string;
}

export interface Selected {
  readonly module: string;
  readonly seq: number;
}

function xOf(atMs: number, { width, edgeMs, windowMs }: View): number {
  return width - 10 - ((edgeMs - atMs) / windowMs) * (width - 10);
}

function yOf(laneIndex: number): number {
  return laneIndex * LANE_HEIGHT + LINE_OFFSET;
}

/** The marble at this place, within reach of a finger. */
export function marbleAt(
  lanes: readonly Lane[],
  view: View,
  x: number,
  y: number,
): { readonly module: string; readonly marble: Marble } | undefined {
  const lane = lanes[Math.floor(y / LANE_HEIGHT)];
  if (lane === undefined) return undefined;
  const near = lane.marbles
    .map((marble) => ({ marble, distance: Math.abs(xOf(marble.atMs, view) - x) }))
    .filter(({ distance }) => distance <= 16)
    .sort((a, b) => a.distance - b.distance)[0];
  return near === undefined ? undefined : { module: lane.module, marble: near.marble };
}

/** The lanes from `first` to before `end`: those that are in sight. */
export interface Sight {
  readonly first: number;
  readonly end: number;
}

/** Draws the lanes in sight: a line of time each, what the books say behind it, the events on it. */
export function drawMarbles(
  context: CanvasRenderingContext2D,
  lanes: readonly Lane[],
  { first, end }: Sight,
  view: View,
  colours: Colours,
  selected: Selected | undefined,
): void {
  context.clearRect(0, first * LANE_HEIGHT, view.width, (end - first) * LANE_HEIGHT);
  context.textBaseline = "alphabetic";
  for (let index = first; index < end; index++) {
    const lane = lanes[index];
    if (lane !== undefined) drawLane(context, lane, yOf(index), view, colours, selected);
  }
}

function drawLane(
  context: CanvasRenderingContext2D,
  lane: Lane,
  y: number,
  view: View,
  colours: Colours,
  selected: Selected | undefined,
): void {
  context.fillStyle = colours.text;
  context.font = "13px system-ui, sans-serif";
  context.fillText(lane.module, 2, y - 19);
  context.strokeStyle = colours.line;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(0, y);
  context.lineTo(view.width, y);
  context.stroke();
  for (const mark of lane.marks) {
    const x = xOf(mark.atMs, view);
    if (x < -20) continue;
    if (mark.gaps > 0) drawGap(context, x, y, colours);
  }
  const leastMs = (LOSS_WIDTH / view.width) * view.windowMs;
  for (const span of lossesApart(lane.marks, leastMs)) drawLoss(context, span, y, view, colours);
  for (const marble of lane.marbles) {
    const x = xOf(marble.atMs, view);
    if (x < -RADIUS || x > view.width + RADIUS) continue;
    drawMarble(context, marble, x, y, colours);
    if (selected?.module !== lane.module || selected.seq !== marble.seq) continue;
    context.strokeStyle = colours.focus;
    context.lineWidth = 2.5;
    circle(context, x, y, RADIUS + 4);
    context.stroke();
  }
}

function drawMarble(
  context: CanvasRenderingContext2D,
  { fate, type }: Marble,
  x: number,
  y: number,
  colours: Colours,
): void {
  switch (fate) {
    case "delivered":
      context.fillStyle = colours.ofType(type);
      circle(context, x, y, RADIUS);
      context.fill();
      context.strokeStyle = colours.ground;
      context.lineWidth = 1;
      context.stroke();
      return;
    case "dropped":
    case "failed":
    case "refused":
      cross(context, x, y, RADIUS, colours.bad);
      return;
    case "filtered":
      context.fillStyle = colours.faint;
      circle(context, x, y, 2);
      context.fill();
      return;
    default:
      context.fillStyle = colours.ground;
      circle(context, x, y, RADIUS - 1);
      context.fill();
      context.strokeStyle = colours.ofType(type);
      context.lineWidth = 2;
      context.stroke();
  }
}

/** A bar below the line from the first loss to the last, and how many there were, whether they are shown or not. */
function drawLoss(
  context: CanvasRenderingContext2D,
  { fromMs, toMs, endMs, lost }: LossSpan,
  y: number,
  view: View,
  colours: Colours,
): void {
  const left = xOf(fromMs, view) - 2;
  context.fillStyle = colours.bad;
  context.fillRect(left, y + 9, Math.max(5, xOf(toMs, view) + 2 - left), 2);
  context.font = "11px system-ui, sans-serif";
  const text = shortCount(lost);
  const room = xOf(endMs, view) - context.measureText(text).width - 4;
  context.fillText(text, Math.min(left, room), y + 22);
}

function shortCount(count: number): string {
  return count >= 10_000 ? `${Math.round(count / 1000)}k` : String(count);
}

function drawGap(context: CanvasRenderingContext2D, x: number, y: number, colours: Colours): void {
  context.fillStyle = colours.gap;
  context.fillRect(x - 3, y - 11, 2, 22);
  context.fillRect(x + 1, y - 11, 2, 22);
}

function circle(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
}

function cross(context: CanvasRenderingContext2D, x: number, y: number, size: number, colour: string): void {
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(x - size, y - size);
  context.lineTo(x + size, y + size);
  context.moveTo(x + size, y - size);
  context.lineTo(x - size, y + size);
  context.stroke();
}
