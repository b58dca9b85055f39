import { createHash } from "node:crypto";
import { type EventType, eventTypes, resolveAlias } from "../../events/index.js";
import type { ItemShape } from "../../expressions/index.js";
import { prepareStep, stepContext } from "../prepare-step.js";
import type {
  PreparedSource,
  PreparedStream,
  PreparedStreamSink,
  PreparedStreamStep,
  StreamKinds,
} from "../prepared-stream.js";
import type { OnExpressionError } from "../run/step-evaluation.js";
import { readStreamTest } from "../test/read-stream-test.js";
import type { StreamTest } from "../test/stream-test.js";
import { ProblemList } from "./problem-list.js";
import { schemaFaults } from "./schema-faults.js";
import { readEntry } from "./stream-entry.js";
import type { StreamProblem } from "./stream-problem.js";
import { onError, type StreamFile, sinkBufferOptions, streamFile } from "./stream-schema.js";
import { described, type YamlText } from "./yaml-text.js";

/** Reads one file from its outside to its inside. What is wrong in one part does not hide what is wrong in another. */
export class StreamReader {
  readonly #yaml: YamlText;
  readonly #kinds: StreamKinds;
  readonly #problems: ProblemList;
  readonly #ids = new Set<string>();

  constructor(yaml: YamlText, kinds: StreamKinds) {
    this.#yaml = yaml;
    this.#kinds = kinds;
    this.#problems = new ProblemList(yaml);
  }

  problems(): readonly StreamProblem[] {
    return this.#problems.problems();
  }

  /** @returns undefined when there are problems */
  read(hash: string): PreparedStream | undefined {
    const { value } = this.#yaml;
    if (!this.#problems.isEmpty || !this.#isOfThisVersion(value)) return undefined;
    this.#problems.addAll([], schemaFaults(streamFile, value));
    const source = sourceOf(value.source);
    const input = source && shapeOf(source);
    const [steps, output] = this.#steps(listOf(value.steps), input);
    const sinks = this.#sinks(listOf(value.sinks), output);
    const parsed = streamFile.safeParse(value);
    if (!parsed.success || source === undefined || input === undefined) return undefined;
    const { name, description, on_reload: onReload } = parsed.data;
    // A step with a fault leaves holes: then nothing can be said of the tests.
    const tests = this.#problems.isEmpty ? this.#tests(parsed.data, source, steps, sinks) : [];
    if (!this.#problems.isEmpty) return undefined;
    return { name, description, onReload, source, input, steps, sinks, tests, hash };
  }

  #isOfThisVersion(value: unknown): value is Readonly<Record<string, unknown>> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      const allowed = "a mapping with version, name, source, steps and sinks";
      this.#problems.add([], { found: described(value), allowed });
      return false;
    }
    const version = "version" in value ? value.version : undefined;
    if (version === 1) return true;
    const found = version === undefined ? "no version" : `version ${described(version)}`;
    this.#problems.add(["version"], { found, allowed: "version: 1" });
    return false;
  }

  #steps(
    entries: readonly unknown[],
    input: ItemShape | undefined,
  ): readonly [readonly PreparedStreamStep[], ItemShape | undefined] {
    const steps: PreparedStreamStep[] = [];
    // Undefined after a fault: what reaches the next steps isn't known, so that only their options are looked at.
    let shape = input;
    for (const [index, value] of entries.entries()) {
      const entry = readEntry(value, ["steps", index], {
        ...{ what: "step", definitions: this.#kinds.steps, ids: this.#ids, problems: this.#problems },
        settings: { on_error: onError },
      });
      const reaching = shape;
      shape = undefined;
      if (entry === undefined || reaching === undefined) continue;
      const { id, definition, options, settings } = entry;
      const prepared = this.#problems.attempt(entry.path, (at) =>
        prepareStep(definition, options, { id, input: reaching, at }),
      );
      if (prepared === undefined) continue;
      shape = prepared.output;
      steps.push({
        ...{ id, kind: definition.kind, options, prepared },
        onError: settings.on_error as OnExpressionError,
        fingerprint: fingerprintOf(definition.kind, options, reaching),
      });
    }
    return [steps, shape];
  }

  #sinks(entries: readonly unknown[], input: ItemShape | undefined): readonly PreparedStreamSink[] {
    const sinks: PreparedStreamSink[] = [];
    for (const [index, value] of entries.entries()) {
      const entry = readEntry(value, ["sinks", index], {
        ...{ what: "sink", definitions: this.#kinds.sinks, ids: this.#ids, problems: this.#problems },
        settings: { buffer: sinkBufferOptions },
      });
      if (entry === undefined || input === undefined) continue;
      const { id, definition, options, settings } = entry;
      const prepared = this.#problems.attempt(entry.path, (at) =>
        definition.prepare(definition.options.parse(options), stepContext(id, input, at)),
      );
      if (prepared === undefined) continue;
      const buffer = settings.buffer as PreparedStreamSink["buffer"];
      sinks.push({ id, kind: definition.kind, options, prepared, buffer });
    }
    return sinks;
  }

  #tests(
    file: StreamFile,
    source: PreparedSource,
    steps: readonly PreparedStreamStep[],
    sinks: readonly PreparedStreamSink[],
  ): readonly StreamTest[] {
    const alsoNeeded = steps.flatMap(({ prepared }) => prepared.alsoNeeds ?? []);
    const about = {
      source,
      types: new Set<EventType>([...(source.kind === "generate" ? [] : source.types), ...alsoNeeded]),
      stepIds: steps.map(({ id }) => id),
      sinkIds: sinks.map(({ id }) => id),
    };
    return file.tests.flatMap((test, index) => {
      const path = ["tests", index];
      const { line } = this.#yaml.placeOf(this.#yaml.offsetOf(path));
      const read = readStreamTest(test, { ...about, line }, (at, fault, character) =>
        this.#problems.add([...path, ...at], fault, character),
      );
      return read === undefined ? [] : [read];
    });
  }
}

function sourceOf(value: unknown): PreparedSource | undefined {
  const parsed = streamFile.shape.source.safeParse(value);
  if (!parsed.success) return undefined;
  const { data } = parsed;
  const { capacity } = data.buffer;
  if ("generate" in data) {
    const { every, count } = data.generate;
    return { kind: "generate", everyMs: every, count, capacity };
  }
  const types = [...new Set((data.events ?? eventTypes).map((type) => resolveAlias(type as EventType)))];
  return "recording" in data
    ? { kind: "recording", path: data.recording, types, capacity }
    : { kind: "events", types, capacity };
}

function shapeOf(source: PreparedSource): ItemShape {
  return source.kind === "generate"
    ? { kind: "data", type: "map<string, double>" }
    : { kind: "event", types: source.types };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function fingerprintOf(kind: string, options: unknown, input: ItemShape): string {
  const text = JSON.stringify([kind, inKeyOrder(options), inKeyOrder(input)]);
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

/** The same data with the keys of its mappings in order: their order in the file says nothing. */
function inKeyOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inKeyOrder);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, inKeyOrder(inner)]),
  );
}
