import { createHook } from "node:async_hooks";
import { isPromise } from "node:util/types";
import { testingErrors } from "./errors.js";

/** What postpones work until virtual time is over, and its name in a message. */
const POSTPONING: Readonly<Record<string, string>> = {
  PROMISE: "promise",
  Microtask: "microtask",
  Timeout: "real timer",
  Immediate: "immediate",
};
const STACK_FRAMES = 50;

/** How many calls of {@link atEdge} are under way: a hook sees what is made and not for whom. */
let edges = 0;

/** Runs a call of the engine's own edge, whose promises carry nothing that is recorded. */
export function atEdge<Result>(work: () => Result): Result {
  edges++;
  try {
    return work();
  } finally {
    edges--;
  }
}

/**
 * Runs synchronous work in virtual time and refuses it when it made a promise, a microtask or a real timer: what comes of
 * these comes when virtual time is over, is recorded nowhere, and a row passes whatever it is.
 * @throws BAD_MARBLES
 */
export function withoutPromises<Result>(row: string, work: () => Result): Result {
  const made = new Map<string, number>();
  const hook = createHook({
    init(_id, type) {
      const name = POSTPONING[type];
      if (name !== undefined && edges === 0 && !isForConsole()) made.set(name, 1 + (made.get(name) ?? 0));
    },
  });
  hook.enable();
  let result: Result;
  try {
    result = work();
  } finally {
    hook.disable();
  }
  const [first] = made;
  if (first === undefined) return result;
  const [name, count] = first;
  throw testingErrors.BAD_MARBLES({
    row,
    problem: `${count} ${name}${count === 1 ? " was" : "s were"} made while virtual time ran, and what comes of a ${name} comes after it`,
    advice: "use Observables and the scheduler that is passed in; keep promises at the edge of the pipeline",
  });
}

/** Test frameworks postpone what a pipeline logs. */
function isForConsole(): boolean {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = STACK_FRAMES;
  const { stack = "" } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  return stack.includes("node:internal/console");
}

/**
 * Refuses values that hold a promise: all promises are equal to a comparison, whatever comes of them.
 * @throws BAD_MARBLES
 */
export function requireNoPromise(row: string, values: Readonly<Record<string, unknown>> = {}): void {
  for (const [letter, value] of Object.entries(values))
    if (holdsPromise(value))
      throw testingErrors.BAD_MARBLES({
        row,
        problem: `${letter} stands for a promise, and any promise would be taken for it`,
        advice: "give what the promise resolves to",
      });
}

const MAX_DEPTH = 16;

function holdsPromise(value: unknown, depth = 0): boolean {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH || ArrayBuffer.isView(value))
    return false;
  if (isPromise(value)) return true;
  // A getter is the pipeline's to call.
  const parts = Object.values(Object.getOwnPropertyDescriptors(value));
  return parts.some((part) => holdsPromise(part.value, depth + 1));
}
