import { Random } from "./random.js";
import { PUBLISHED_TYPES, SIMULATED_TYPES } from "./simulated-events.js";
import {
  type InnerStep,
  MODULES,
  type ModuleName,
  type ModulePlan,
  type PromptStep,
  type Step,
  type Story,
} from "./story.js";

/** Turns until modules that are loaded at once are connected and subscribed. */
const TURNS_TO_START = 4;

/** The story of a seed: which modules there are, what the node publishes, and what goes wrong. */
export function drawStory(seed: number): Story {
  const random = new Random(seed);
  const names = MODULES.slice(0, random.int(2, 3));
  // Frames of 20 KB fill what a process may hold back; most stories do without them.
  const isHeavy = random.chance(0.08);
  const modules = Object.fromEntries(names.map((name) => [name, drawPlan(random, isHeavy)]));
  const steps: Step[] = names.map((module) => ({ do: "load", module }));
  for (let n = 0; n < TURNS_TO_START; n++) steps.push({ do: "turn" });
  const length = random.int(14, 38);
  for (let n = 0; n < length; n++) {
    if (random.chance(0.04)) steps.push(...drawSequence(random, random.pick(names)));
    else steps.push(drawStep(random, names, isHeavy));
  }
  if (random.chance(0.2)) steps.push({ do: "shutdown" });
  return { modules, steps, takesTogether: seed % 2 === 0 };
}

function drawPlan(random: Random, isHeavy: boolean): ModulePlan {
  const plan = drawFirstPlan(random, isHeavy);
  return random.chance(0.7) ? plan : { ...plan, later: drawFirstPlan(random, isHeavy) };
}

function drawFirstPlan(random: Random, isHeavy: boolean): ModulePlan {
  const hasModuleLoaded = random.chance(0.4);
  const types = random.some(SIMULATED_TYPES, 3).filter((type) => type !== "ModuleLoaded" || hasModuleLoaded);
  return {
    capacity: random.int(1, 5),
    window: random.pick([1, 2, 3, 4, 6, 12, 20]),
    maxBytes: isHeavy ? random.pick([120_000, 4_000_000]) : random.pick([1024, 2000, 100_000]),
    maxFrameBytes: random.pick([600, 40_000_000, 40_000_000]),
    hasAcks: random.chance(0.85),
    hasGaps: random.chance(0.9),
    socketBytes: random.pick([250, 4000, 200_000]),
    handlerMs: random.pick([0, 0, 1, 4, 15]),
    types: types.includes("MempoolTransactionAdded") ? types : ["MempoolTransactionAdded", ...types],
  };
}

function drawPublish(random: Random, isHeavy: boolean): InnerStep {
  const sizes = isHeavy ? [2, 60, 20_000, 20_000, 30_000] : [2, 2, 60, 60, 300, 700, 860];
  return {
    do: "publish",
    type: random.pick([...PUBLISHED_TYPES, "MempoolTransactionAdded", "MempoolTransactionAdded"]),
    padBytes: random.pick(sizes),
    times: random.weighted([
      [6, 1],
      [3, random.int(2, 4)],
      [1.2, random.int(8, 26)],
    ]),
    isUnencodable: random.chance(0.06),
  };
}

function drawInner(random: Random, names: readonly ModuleName[], isHeavy: boolean): InnerStep {
  const module = random.pick(names);
  const type = random.pick(SIMULATED_TYPES);
  return random.weighted<() => InnerStep>([
    [6, () => drawPublish(random, isHeavy)],
    [2, () => ({ do: "filter", module, type })],
    [1.5, () => ({ do: "drop", module, type })],
    [0.7, () => ({ do: "hang up", module })],
    [0.4, () => ({ do: "shut", module })],
    [1, () => ({ do: "reset", module })],
  ])();
}

/** Events, and in the midst of them what may befall those who have not taken them yet. */
function drawPrompt(random: Random, names: readonly ModuleName[], isHeavy: boolean): PromptStep[] {
  const module = random.pick(names);
  const event: PromptStep = {
    do: "publish",
    type: random.pick(PUBLISHED_TYPES),
    padBytes: 2,
    times: random.int(1, 4),
    isUnencodable: false,
  };
  const between = random.weighted<() => PromptStep>([
    [3, () => ({ do: "to host", module, bytes: random.pick([40, 400]) })],
    [1, () => ({ do: "reload", module })],
    [4, () => drawInner(random, names, isHeavy)],
  ])();
  return [event, between, event, ...(random.chance(0.5) ? [drawInner(random, names, isHeavy)] : [])];
}

function drawStep(random: Random, names: readonly ModuleName[], isHeavy: boolean): Step {
  const module = random.pick(names);
  return random.weighted<() => Step>([
    [16, () => drawPublish(random, isHeavy)],
    [14, () => ({ do: "turn" })],
    [5, () => ({ do: "advance", ms: random.pick([1, 5, 6, 15, 40]) })],
    [1, () => ({ do: "advance", ms: random.pick([120, 260, 420]) })],
    [3, () => drawReaction(random, names, isHeavy)],
    [3, () => ({ do: "at once", steps: drawPrompt(random, names, isHeavy) })],
    [3, () => ({ do: "to module", module, bytes: random.int(1, 400) })],
    [3, () => ({ do: "to host", module, bytes: random.int(1, 40) })],
    [3, () => ({ do: random.chance(0.6) ? "stall" : "resume", module })],
    [2.5, () => ({ do: random.chance(0.6) ? "hold" : "release", module })],
    [3, () => ({ do: "forge ack", module, pick: random.int(0, 63) })],
    [
      2.5,
      () => ({
        do: random.chance(0.7) ? "subscribe" : "unsubscribe",
        module,
        types: random.some(SIMULATED_TYPES, 1).slice(0, 4),
      }),
    ],
    [1, () => ({ do: "filter", module, type: random.pick(SIMULATED_TYPES) })],
    [0.5, () => ({ do: "drop", module, type: random.pick(SIMULATED_TYPES) })],
    [2, () => ({ do: "module publishes", module, padBytes: random.pick([1, 100]) })],
    [1, () => ({ do: "kill", module, lostBytes: random.pick([0, 0, 1, 5]) })],
    [1.5, () => ({ do: "break", module, lostBytes: random.pick([0, 0, 1, 5]) })],
    [2.5, () => ({ do: "load", module })],
    [0.6, () => ({ do: "unload", module })],
    [1.5, () => ({ do: "reload", module })],
    [0.5, () => ({ do: "hang up", module })],
    [0.3, () => ({ do: "shut", module })],
    [0.8, () => ({ do: "reset", module })],
    [1, () => ({ do: "jump", ms: random.pick([30, 90, 300, 700]) })],
    [0.7, () => ({ do: "set wall clock", ms: random.int(-100_000, 100_000) })],
  ])();
}

/** What takes several steps: a frame or a handshake that begins and doesn't end, an interest that comes late. */
function drawSequence(random: Random, module: ModuleName): Step[] {
  const tooLong: Step = { do: "advance", ms: random.pick([120, 260, 420]) };
  return random.weighted<() => Step[]>([
    [
      1,
      () => [
        { do: "module publishes", module, padBytes: 1 },
        { do: "to host", module, bytes: random.int(1, 5) },
        { do: "hold", module },
        tooLong,
      ],
    ],
    [
      0.5,
      () => [{ do: "hold", module }, { do: "break", module, lostBytes: 0 }, { do: "turn" }, tooLong, tooLong],
    ],
    [
      1,
      () => [
        { do: "publish", type: "NewBlock", padBytes: 60, times: 2, isUnencodable: false },
        { do: "module publishes", module, padBytes: 100 },
        ...[1, 2, 3].map((): Step => ({ do: "to host", module, bytes: random.int(1, 12) })),
        ...[1, 2, 3].map((): Step => ({ do: "to module", module, bytes: random.int(1, 12) })),
      ],
    ],
    [
      1.5,
      () => [
        { do: "publish", type: "MempoolTransactionAdded", padBytes: 2, times: 6, isUnencodable: false },
        { do: "turn" },
        { do: "reload", module },
        { do: "publish", type: "NewBlock", padBytes: 2, times: random.int(1, 6), isUnencodable: false },
        { do: "subscribe", module, types: random.some(SIMULATED_TYPES, 1).slice(0, 2) },
        ...Array.from({ length: random.int(1, 3) }, (): Step => ({ do: "turn" })),
        { do: "reload", module },
      ],
    ],
    [
      1.5,
      () => [
        { do: "stall", module },
        { do: "publish", type: "MempoolTransactionAdded", padBytes: 2, times: 14, isUnencodable: false },
        { do: "subscribe", module, types: ["ModuleLoaded"] },
        { do: "turn" },
      ],
    ],
  ])();
}

function drawReaction(random: Random, names: readonly ModuleName[], isHeavy: boolean): Step {
  const count = random.int(1, 3);
  return {
    do: "react",
    type: random.pick(PUBLISHED_TYPES),
    isLate: random.chance(0.5),
    steps: Array.from({ length: count }, () => drawInner(random, names, isHeavy)),
  };
}
