import {
  type DataSize,
  ModuleUse,
  type ResourceFigures,
  type ResourceWatchDependencies,
  type WatchedModule,
} from "./module-use.js";
import type { ProcessSample } from "./proc-sample.js";

/**
 * Compares what modules use with their limits, once per {@link tick}. It publishes ResourceLimitWarning, and logs a line
 * that names the module, once per crossing of the warning level; a limit broken for three readings goes to `onLimit`.
 * A process over its limit of processor time goes on behind all others, once and until it ends. It borrows the reader.
 */
export class ResourceWatch {
  readonly #deps: ResourceWatchDependencies;
  readonly #modules = new Map<string, ModuleUse>();

  constructor(deps: ResourceWatchDependencies) {
    this.#deps = deps;
  }

  /** Begins to watch a module; one of that name is forgotten first. */
  watch(module: WatchedModule): void {
    this.#modules.set(module.name, new ModuleUse(this.#deps, module));
  }

  forget(moduleName: string): void {
    this.#modules.delete(moduleName);
  }

  /** Samples every watched module; due once a second. */
  tick(): void {
    const { reader, scheduler } = this.#deps;
    const pids = new Map([...this.#modules.values()].map((use) => [use, use.module.pid()]));
    const known = [...pids.values()].filter((pid) => pid !== undefined);
    const samples = reader?.sample(known) ?? new Map<number, ProcessSample>();
    const nowMs = scheduler.now();
    for (const [use, pid] of pids) use.note(nowMs, pid, pid === undefined ? undefined : samples.get(pid));
  }

  /** Some module uses so much of its memory that it is to be glanced at between two ticks. */
  get isHot(): boolean {
    return [...this.#modules.values()].some((use) => use.hotPid !== undefined);
  }

  /** Looks at the memory of modules that use much of theirs, and at nothing else. */
  glance(): void {
    const hot = [...this.#modules.values()].flatMap((use) => {
      const pid = use.hotPid;
      return pid === undefined ? [] : [[use, pid] as const];
    });
    const memory = this.#deps.reader?.glance?.(hot.map(([, pid]) => pid));
    for (const [use, pid] of hot) {
      const memoryBytes = memory?.get(pid);
      if (memoryBytes !== undefined) use.noteMemory(memoryBytes);
    }
  }

  /** Every process that was sampled last. */
  members(): NonNullable<ProcessSample["members"]>[number][] {
    return [...this.#modules.values()].flatMap((use) => use.members);
  }

  /** The processes of a module, as they were sampled last. */
  membersOf(moduleName: string): NonNullable<ProcessSample["members"]> {
    return this.#modules.get(moduleName)?.members ?? [];
  }

  /** What a module had resident when it was looked at last; undefined for one that never was. */
  lastMemoryBytes(moduleName: string): number | undefined {
    return this.#modules.get(moduleName)?.lastMemoryBytes;
  }

  /** Takes the size of a module's data directory. @returns whether it is to be measured again soon */
  noteData(moduleName: string, size: DataSize): boolean {
    return this.#modules.get(moduleName)?.noteData(size) ?? false;
  }

  /** Undefined for a module that is not watched. */
  figures(moduleName: string): ResourceFigures | undefined {
    return this.#modules.get(moduleName)?.figures(this.#deps.reader !== undefined);
  }
}
