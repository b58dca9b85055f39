import { EngineError, errorCode, errorMessage } from "../errors.js";
import { nearestName } from "../events/index.js";
import { type ModuleManifest, nodeName } from "../manifest/index.js";
import { supervisorErrors } from "./errors.js";

const MAX_CHAIN = 1000;

/** In which order modules may start, and which of them can't. */
export interface LoadPlan {
  /** Every name that can be loaded; whatever a module depends on stands before it, equals in name order. */
  readonly order: readonly string[];
  /** Why a module can't be loaded. */
  readonly problems: ReadonlyMap<string, EngineError>;
}

/** What load order needs of a manifest. */
export type OrderedManifest = Pick<
  ModuleManifest,
  "name" | "version" | "dependencies" | "optionalDependencies"
>;

/**
 * Orders modules by their dependencies. Hard ones must be there, fit, and be loadable themselves; optional ones that
 * are there, fit and close no circle come first as well, and are otherwise no obstacle. The same modules give the same order,
 * however they are listed. Names that no module has are missing; a module that names itself is a circle.
 * `excluded` modules are there and are not to be loaded, each for its reason.
 *
 * Codes of problems: DEP_MISSING, DEP_UNFIT, DEP_CYCLE with its path, DEP_FAILED, DEP_CHAIN_TOO_LONG.
 */
export function planLoad(
  modules: readonly OrderedManifest[],
  excluded: ReadonlyMap<string, EngineError> = new Map(),
): LoadPlan {
  const byName = new Map([...modules].sort(byModuleName).map((module) => [module.name, module]));
  const problems = new Map<string, EngineError>(excluded);
  for (const module of byName.values()) {
    if (problems.has(module.name)) continue;
    const problem = dependencyProblem(module, byName);
    if (problem !== undefined) problems.set(module.name, problem);
  }
  for (const path of hardCircles(byName)) {
    for (const name of path)
      if (!problems.has(name))
        problems.set(name, supervisorErrors.DEP_CYCLE({ module: name, path: [...path, path[0] as string] }));
  }
  const order: string[] = [];
  const depths = new Map<string, number>();
  for (const module of inOrder(byName, problems)) {
    const dependencies = hardDependencies(module);
    const failed = dependencies.find((dependency) => problems.has(dependency));
    const depth = 1 + Math.max(0, ...dependencies.map((dependency) => depths.get(dependency) ?? 0));
    if (failed !== undefined) {
      const cause = problems.get(failed) as EngineError;
      const reason = rootReason(cause);
      problems.set(
        module.name,
        supervisorErrors.DEP_FAILED({ module: module.name, dependency: failed, reason }, { cause }),
      );
    } else if (depth > MAX_CHAIN)
      problems.set(
        module.name,
        supervisorErrors.DEP_CHAIN_TOO_LONG({ module: module.name, limit: MAX_CHAIN }),
      );
    else {
      depths.set(module.name, depth);
      order.push(module.name);
    }
  }
  return { order, problems };
}

/** Every module that has no problem of its own, each behind its dependencies, equals in name order. */
function* inOrder(
  byName: ReadonlyMap<string, OrderedManifest>,
  problems: ReadonlyMap<string, EngineError>,
): Iterable<OrderedManifest> {
  const remaining = new Map([...byName].filter(([name]) => !problems.has(name)));
  const waitsFor = (names: Iterable<string>) => new Set([...names].filter((name) => remaining.has(name)));
  const hard = new Map([...remaining].map(([name, module]) => [name, waitsFor(hardDependencies(module))]));
  const soft = new Map(
    [...remaining].map(([name, module]) => [name, waitsFor(fittingOptional(module, byName))]),
  );
  const waiting = new Map<string, string[]>();
  for (const edges of [hard, soft])
    for (const [name, names] of edges)
      for (const each of names) waiting.set(each, [...(waiting.get(each) ?? []), name]);
  const isFree = (name: string) => hard.get(name)?.size === 0 && soft.get(name)?.size === 0;
  const free = new Set([...remaining.keys()].filter(isFree));
  while (remaining.size > 0) {
    // An optional dependency never keeps anybody from loading: where only those are left, their circle is cut.
    const name =
      smallest(free) ?? smallest([...remaining.keys()].filter((each) => hard.get(each)?.size === 0));
    if (name === undefined) return;
    const module = remaining.get(name) as OrderedManifest;
    remaining.delete(name);
    free.delete(name);
    yield module;
    for (const other of waiting.get(name) ?? []) {
      hard.get(other)?.delete(name);
      soft.get(other)?.delete(name);
      if (remaining.has(other) && isFree(other)) free.add(other);
    }
  }
}

function fittingOptional(module: OrderedManifest, byName: ReadonlyMap<string, OrderedManifest>): string[] {
  return [...module.optionalDependencies].flatMap(([name, range]) => {
    const other = byName.get(name);
    return other !== undefined && range.includes(other.version) ? [name] : [];
  });
}

function smallest(names: Iterable<string>): string | undefined {
  let found: string | undefined;
  for (const name of names) if (found === undefined || name < found) found = name;
  return found;
}

/** Why a module is not running, where it began: what is told of a chain doesn't grow with each module on it. */
export function rootReason(error: unknown): string {
  const isDependant = errorCode(error) === "DEP_FAILED" && error instanceof EngineError;
  return isDependant ? (error.details as { readonly reason: string }).reason : errorMessage(error);
}

/** The modules that a module needs, the host itself left out. */
export function hardDependencies(module: Pick<OrderedManifest, "dependencies">): string[] {
  return [...module.dependencies.keys()].filter((name) => name !== nodeName).sort();
}

/**
 * All that need a module, directly or through others, each before whatever it needs itself: the order in which they stop.
 */
export function dependantsOf(name: string, modules: readonly OrderedManifest[]): string[] {
  const needing = new Map<string, string[]>();
  for (const module of [...modules].sort(byModuleName)) {
    for (const dependency of hardDependencies(module))
      needing.set(dependency, [...(needing.get(dependency) ?? []), module.name]);
  }
  const found = new Set<string>();
  const stopOrder: string[] = [];
  const visit = (at: string): void => {
    for (const dependant of needing.get(at) ?? []) {
      if (found.has(dependant) || dependant === name) continue;
      found.add(dependant);
      visit(dependant);
      stopOrder.push(dependant);
    }
  };
  visit(name);
  return stopOrder;
}

function dependencyProblem(
  module: OrderedManifest,
  byName: ReadonlyMap<string, OrderedManifest>,
): EngineError | undefined {
  const missing = hardDependencies(module).filter((name) => !byName.has(name));
  if (missing.length > 0) {
    const nearest = missing.map((name) => nearestName(name, [...byName.keys()]));
    return supervisorErrors.DEP_MISSING({ module: module.name, missing, nearest });
  }
  for (const dependency of hardDependencies(module)) {
    const range = module.dependencies.get(dependency);
    const { version } = byName.get(dependency) as OrderedManifest;
    if (range !== undefined && !range.includes(version))
      return supervisorErrors.DEP_UNFIT({ module: module.name, dependency, version, range: range.text });
  }
  return undefined;
}

/** Each circle of hard dependencies once, as the names along it, beginning with the first in name order. */
function hardCircles(byName: ReadonlyMap<string, OrderedManifest>): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  for (const start of byName.keys()) {
    // Without recursion: a chain may be longer than the stack is deep.
    const path: string[] = [];
    const onPath = new Map<string, number>();
    const stack: { name: string; rest: string[] }[] = [];
    const enter = (name: string) => {
      const module = byName.get(name);
      if (module === undefined || done.has(name)) return;
      onPath.set(name, path.length);
      path.push(name);
      stack.push({ name, rest: hardDependencies(module) });
    };
    enter(start);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.rest.shift();
      if (next === undefined) {
        done.add(top.name);
        onPath.delete(top.name);
        path.pop();
        stack.pop();
        continue;
      }
      const at = onPath.get(next);
      if (at === undefined) enter(next);
      else circles.push(path.slice(at));
    }
  }
  return circles;
}

function byModuleName(a: OrderedManifest, b: OrderedManifest): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
