import { drawMarbles } from "./marble-line.js";
import type { MarbleModule, MarbleRow } from "./marble-table.js";
import type { MarbleRecording, ModuleRecording } from "./record-marbles.js";

/** Draws what a run recorded as lines of text below each other, one column a millisecond. */
export function drawRecording(recording: MarbleRecording): string {
  const { row, lengthMs, publishes, replies, loaded, modules } = recording;
  const lines: [label: string, text: string][] = [
    ["ms", ruler(lengthMs)],
    ["host publishes", drawMarbles(publishes, lengthMs)],
  ];
  if (replies.length > 0) lines.push(["host replies", drawMarbles(replies, lengthMs)]);
  if (row.loaded !== undefined) lines.push(["host notes", drawMarbles(loaded, lengthMs)]);
  for (const [name, module] of modules) {
    const given = row.modules[name];
    if (given !== undefined) lines.push(...moduleLines(name, module, given, lengthMs));
  }
  const width = Math.max(...lines.map(([label]) => label.length));
  const drawn = lines.map(([label, text]) => `${label.padEnd(width)}  ${text}`.trimEnd());
  return [...setting(row), ...drawn].join("\n");
}

function moduleLines(
  name: string,
  { receives, handles, dropped, failed, gaps, inFlight, waiting, books }: ModuleRecording,
  given: MarbleModule,
  lengthMs: number,
): [string, string][] {
  const lines: [string, string][] = [];
  if (given.does !== undefined) lines.push([`${name} does`, given.does.trimEnd()]);
  lines.push([`${name} receives`, drawMarbles(receives, lengthMs)]);
  if (given.handles !== undefined) lines.push(["  handles", drawMarbles(handles, lengthMs)]);
  if (given.inFlight !== undefined) lines.push(["  in flight", inFlight]);
  if (given.waiting !== undefined) lines.push(["  waiting", waiting]);
  if (dropped.length > 0) lines.push(["  dropped", drawMarbles(dropped, lengthMs)]);
  if (failed.length > 0) lines.push(["  failed", drawMarbles(failed, lengthMs)]);
  if (gaps.length > 0) lines.push(["  gaps", gaps.join(", ")]);
  lines.push(["  books", books]);
  return lines;
}

/** What the lines can't show: sizes, speeds, and the meaning of letters. */
function setting({ delivery = {}, events = {}, replies = {}, modules }: MarbleRow): string[] {
  const sizes = Object.entries(delivery).map(([key, value]) => `${key} ${value}`);
  const letters = Object.entries(events).map(
    ([letter, { type, payload }]) => `${letter} = ${type}${details(payload)}`,
  );
  const answers = Object.entries(replies).map(
    ([letter, answer]) => `a subscriber of the host answers ${letter} with ${answer}`,
  );
  const speeds = Object.entries(modules).flatMap(([name, { filters, handlerMs, acksEvery, features }]) => [
    ...Object.entries(filters ?? {}).map(([type, filter]) => `${name} wants ${type} where ${filter}`),
    ...(handlerMs === undefined ? [] : [`${name} takes ${handlerMs} ms for each event`]),
    ...(acksEvery === undefined ? [] : [`${name} acknowledges every ${acksEvery} deliveries`]),
    ...(features === undefined
      ? []
      : [`${name} has ${features.length === 0 ? "no features" : `only ${features.join(", ")}`}`]),
  ]);
  const said = [sizes.join(", "), ...speeds, ...answers, ...letters].filter((part) => part !== "");
  return said.length === 0 ? [] : [said.join("; "), ""];
}

function details(payload: object | undefined): string {
  const shown = Object.values(payload ?? {}).filter((value) => String(value).length <= 20);
  return shown.length === 0 ? "" : ` (${shown.join(", ")})`;
}

function ruler(lengthMs: number): string {
  const tens = Array.from({ length: Math.ceil(lengthMs / 10) }, (_, n) => String(n * 10).padEnd(10, "."));
  return tens.join("").slice(0, lengthMs);
}
