import { streamErrors } from "../errors.js";
import type { FaultMaker } from "../prepare-step.js";
import type { PathFault } from "./schema-faults.js";
import { type Fault, type FilePath, pathText, type StreamProblem } from "./stream-problem.js";
import type { YamlText } from "./yaml-text.js";

interface Found extends Fault {
  readonly path: FilePath;
  readonly offset: number;
}

/** Collects what is wrong with one file, each with its place. */
export class ProblemList {
  readonly #yaml: YamlText;
  readonly #found: Found[] = [];

  constructor(yaml: YamlText) {
    this.#yaml = yaml;
    for (const { offset, ...fault } of yaml.faults) this.#found.push({ path: [], offset, ...fault });
  }

  get isEmpty(): boolean {
    return this.#found.length === 0;
  }

  /** @param at a character of the text that stands at the path */
  add(path: FilePath, fault: Fault, at?: number): void {
    this.#found.push({ path, offset: this.#yaml.offsetOf(path, at), ...fault });
  }

  addAtKey(path: FilePath, fault: Fault): void {
    this.#found.push({ path, offset: this.#yaml.keyOffsetOf(path), ...fault });
  }

  addAll(above: FilePath, faults: readonly PathFault[]): void {
    for (const { path, isKey, ...fault } of faults) {
      if (isKey === true) this.addAtKey([...above, ...path], fault);
      else this.add([...above, ...path], fault);
    }
  }

  /**
   * Prepares something whose faults are thrown; what it found is added to the list.
   * @returns undefined when it found one
   */
  attempt<Made>(above: FilePath, prepare: (fault: FaultMaker) => Made): Made | undefined {
    const places = new Map<unknown, Fault & { readonly path: FilePath; readonly at?: number }>();
    const fault: FaultMaker = (path, { at, ...told }) => {
      const error = streamErrors.STREAM_STEP_INVALID({ path: pathText(path), ...told });
      places.set(error, { path: [...above, ...path], ...told, ...(at !== undefined && { at }) });
      return error;
    };
    try {
      return prepare(fault);
    } catch (error) {
      const place = places.get(error);
      // Only what the part itself refuses is a fault of the file; everything else is one of the program.
      if (place === undefined) throw error;
      const { path, at, ...rest } = place;
      this.add(path, rest, at);
      return undefined;
    }
  }

  /** In the order of the file. */
  problems(): readonly StreamProblem[] {
    return this.#found
      .toSorted((a, b) => a.offset - b.offset)
      .map(({ path, offset, ...fault }) => ({
        path: pathText(path),
        ...this.#yaml.placeOf(offset),
        ...fault,
      }));
  }
}
