import { type EventType, nearestName } from "../../events/index.js";
import { didYouMean } from "../file/schema-faults.js";
import type { Fault, FilePath } from "../file/stream-problem.js";
import type { PreparedSource } from "../prepared-stream.js";
import { eventOfValue } from "./event-value.js";
import { type Diagram, readDiagram } from "./marble-diagram.js";
import type { CountsOfTest, StreamTest } from "./stream-test.js";
import type { StreamTestFile } from "./test-schema.js";

export interface TestedStream {
  readonly source: PreparedSource;
  /** Types that reach the stream. */
  readonly types: ReadonlySet<EventType>;
  readonly stepIds: readonly string[];
  readonly sinkIds: readonly string[];
  /** Where the test stands. */
  readonly line: number;
}

type Refuse = (path: FilePath, fault: Fault, at?: number) => void;

/** Reads one test; what is wrong is refused with its place. @returns undefined when something is */
export function readStreamTest(
  file: StreamTestFile,
  stream: TestedStream,
  refuseAt: Refuse,
): StreamTest | undefined {
  let isRefused = false;
  const refuse: Refuse = (path, fault, at) => {
    isRefused = true;
    refuseAt(path, fault, at);
  };
  const events = readEvents(file, stream, refuse);
  const outputs = new Map(Object.entries(file.outputs));
  const source = readSource(file, stream, events, refuse);
  const isKnown = (letter: string) => events.has(letter) || outputs.has(letter);
  const at = new Map<string, Diagram>();
  const places = [
    ["at", [...stream.stepIds, ...stream.sinkIds]],
    ["sinks", stream.sinkIds],
  ] as const;
  for (const [place, ids] of places)
    for (const [id, text] of Object.entries(file.marbles[place])) {
      const path = ["marbles", place, id];
      if (!ids.includes(id)) refuse(path, unknownId(id, ids));
      const diagram = readLetters(text, path, isKnown, "values or outputs", refuse);
      if (diagram !== undefined) at.set(id, diagram);
    }
  const counts = readCounts(file, stream, refuse);
  const isAsserting =
    [...at.values()].some(({ marks }) => marks.length > 0) ||
    [...counts.values()].some((one) => Object.keys(one).length > 0);
  if (!isAsserting && !isRefused)
    refuse(["name"], {
      found: "a test that asserts nothing",
      allowed: "an item or an end in a diagram of marbles.at, or counts",
      hint: "a diagram of dashes alone would pass whatever the stream does",
    });
  if (isRefused) return undefined;
  const answers = new Map(Object.entries(file.answers));
  return { name: file.name, line: stream.line, source, at, events, outputs, answers, counts };
}

function readEvents(file: StreamTestFile, { types }: TestedStream, refuse: Refuse): StreamTest["events"] {
  const events = new Map<string, NonNullable<ReturnType<typeof eventOfValue>>>();
  for (const [letter, value] of Object.entries(file.values)) {
    const event = eventOfValue(value, (path, fault) => refuse(["values", letter, ...path], fault));
    if (event === undefined) continue;
    events.set(letter, event);
    if (!types.has(event.type))
      refuse(["values", letter, "type"], {
        found: event.type,
        allowed:
          types.size === 0
            ? "no event: the stream makes its items itself"
            : `what reaches the stream: ${[...types].slice(0, 12).join(", ")}`,
      });
  }
  return events;
}

function readSource(
  file: StreamTestFile,
  { source, types }: TestedStream,
  events: StreamTest["events"],
  refuse: Refuse,
): Diagram | undefined {
  const text = file.marbles.source;
  if (text === undefined) {
    if (source.kind !== "generate")
      refuse(["marbles"], { found: "no source", allowed: "a diagram of what comes: source: 'a-a|'" });
    return undefined;
  }
  if (types.size === 0)
    refuse(["marbles", "source"], { found: "a diagram", allowed: "none: the stream makes its items itself" });
  const isDeclared = (letter: string) => events.has(letter) || Object.hasOwn(file.values, letter);
  return readLetters(text, ["marbles", "source"], isDeclared, "values", refuse);
}

function readLetters(
  text: string,
  path: FilePath,
  isKnown: (letter: string) => boolean,
  where: string,
  refuse: Refuse,
): Diagram | undefined {
  const diagram = readDiagram(text);
  if ("found" in diagram) {
    refuse(path, { found: diagram.found, allowed: diagram.allowed }, diagram.at);
    return undefined;
  }
  for (const { kind, letter, at } of diagram.marks)
    if (kind === "item" && !isKnown(letter))
      refuse(
        path,
        { found: `letter ${letter} without a value`, allowed: `letters that stand in ${where}` },
        at,
      );
  return diagram;
}

function readCounts(
  file: StreamTestFile,
  { stepIds, sinkIds }: TestedStream,
  refuse: Refuse,
): ReadonlyMap<string, CountsOfTest> {
  const ids = [...stepIds, ...sinkIds];
  for (const id of Object.keys(file.counts))
    if (!ids.includes(id)) refuse(["counts", id], unknownId(id, ids));
  return new Map(Object.entries(file.counts));
}

function unknownId(id: string, ids: readonly string[]): Fault {
  const nearest = nearestName(id, ids);
  return {
    found: `id ${JSON.stringify(id)}`,
    allowed: ids.join(", "),
    ...(nearest !== undefined && { hint: didYouMean(nearest) }),
  };
}
