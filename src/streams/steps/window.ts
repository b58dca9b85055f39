import { describeShape } from "../../expressions/index.js";
import { type StepOut, stepOperator } from "../run/step-operator.js";
import { defineStep, type PreparedStep, type StepContext, type StepRuntime } from "../step.js";
import type { StreamItem } from "../stream-item.js";
import { carriedItems } from "./carried-items.js";
import { HeldItems } from "./held-items.js";
import { countMarks, countWindow } from "./window/count-window.js";
import { blockTypes, DisconnectedBlocks } from "./window/disconnected-blocks.js";
import type { OpenWindow, WindowParts } from "./window/open-window.js";
import { sessionMarks, sessionWindow } from "./window/session-window.js";
import { slidingMarks, slidingWindow } from "./window/sliding-window.js";
import { tumblingMarks, tumblingWindow } from "./window/tumbling-window.js";
import { type WindowKind, type WindowPlan, windowOptions, windowPlan } from "./window/window-options.js";

/** Makes lists of what comes within a time, without a silence, or in a number. */
export const windowStep = defineStep({
  kind: "window",
  docs: {
    summary:
      "Makes lists: of what comes within windows of time side by side (`tumbling`), of the last time at each tick (`sliding`), of what comes without a silence between (`session`), or of a number of items (`count`).",
    ordering:
      "A list holds its items in the order in which they came and has the seq and time of the newest event among them. What comes at the end of a window belongs to the next one.",
    memory:
      "Holds at most `max` items, or `count`. When it is full, `when_full` says whether the list leaves at once or which item is thrown away. With `reorg: retract` it also remembers the hashes of the newest 1000 blocks that left the best chain.",
    onComplete: "Emits what it holds and no list held yet, then completes.",
    onError: "Passes on its source's error and emits nothing; what it holds counts as dropped.",
    example: "{ id: pack, window: { tumbling: 5s, max: 100 } }",
  },
  options: windowOptions,
  prepare(options, context): PreparedStep {
    const plan = windowPlan(options, context);
    const isRetracting = options.reorg === "retract";
    if (isRetracting) requireBlocks(context);
    return {
      output: { kind: "list", of: context.input, maxItems: plan.max },
      ...(isRetracting && { alsoNeeds: ["BlockDisconnected"] as const }),
      operator: (runtime) =>
        stepOperator(runtime.scheduler, (output) =>
          isRetracting ? retractingWindow(plan, runtime, output) : runningWindow(plan, runtime, output),
        ),
    };
  },
});

const MARKS: Readonly<Record<WindowKind["kind"], readonly string[]>> = {
  tumbling: tumblingMarks,
  sliding: slidingMarks,
  session: sessionMarks,
  count: countMarks,
};

function requireBlocks({ input, fault }: StepContext): void {
  if (input.kind === "event" && blockTypes(input.types).length > 0) return;
  throw fault(["reorg"], {
    found: `retract where ${describeShape(input)} reaches the step`,
    allowed: "retract where an event about a block does",
    hint: "take it out, or put the window before the step that makes data",
  });
}

function runningWindow(
  { window, max, whenFull }: WindowPlan,
  runtime: StepRuntime,
  output: StepOut,
  held = new HeldItems(runtime.counters, max, { isTimed: window.kind === "sliding" }),
) {
  const { scheduler, counters } = runtime;
  const carried = carriedItems(runtime.carried(), max, {
    isTimed: window.kind === "sliding",
    marks: MARKS[window.kind],
  });
  carried.items.forEach((item, n) => void held.push(item, carried.timesMs[n]));
  const emitAll = () => output.next(held.takeList());
  const open = openWindow(
    window,
    {
      scheduler,
      held,
      offer(item, timeMs) {
        if (held.isFull) {
          if (whenFull === "drop_newest") {
            counters.dropped++;
            return;
          }
          held.dropOldest();
        }
        held.push(item, timeMs);
        if (whenFull === "emit" && held.isFull) emitAll();
      },
      emitAll,
      emitCopy: () => output.next(held.list()),
    },
    carried.marks,
  );
  runtime.keep(() => ({ items: held.toArray(), timesMs: held.timesMs(), marks: open.marks() }));
  return {
    next: (item: StreamItem) => open.add(item),
    complete() {
      open.complete();
      held.release();
      output.complete();
    },
    fail: () => held.lose(),
    close() {
      open.close();
      held.lose();
    },
  };
}

/** A window that events about a block leave when the block leaves the best chain. */
function retractingWindow(plan: WindowPlan, runtime: StepRuntime, output: StepOut) {
  const held = new HeldItems(runtime.counters, plan.max, { isTimed: plan.window.kind === "sliding" });
  const window = runningWindow(plan, runtime, output, held);
  const gone = new DisconnectedBlocks();
  output.listen(runtime.events$("BlockDisconnected"), {
    next(item) {
      gone.add(item);
      held.dropWhere((one) => gone.isTakenBack(one));
    },
  });
  return {
    ...window,
    next(item: StreamItem) {
      if (gone.isTakenBack(item)) runtime.counters.dropped++;
      else window.next(item);
    },
  };
}

function openWindow(
  window: WindowKind,
  parts: WindowParts,
  marks: Readonly<Record<string, number>>,
): OpenWindow {
  switch (window.kind) {
    case "tumbling":
      return tumblingWindow(parts, window, marks);
    case "sliding":
      return slidingWindow(parts, window, marks);
    case "session":
      return sessionWindow(parts, window, marks);
    case "count":
      return countWindow(parts, window, marks);
  }
}
