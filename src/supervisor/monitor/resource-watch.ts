import type { SchedulerLike } from "rxjs";
import type { Logger } from "../../log.js";
import type { DirectorySize } from "../../security/index.js";
import type { LimitsOptions } from "../options.js";
import { byteText } from "./byte-text.js";
import { CpuWindow } from "./cpu-window.js";
import { Hysteresis } from "./hysteresis.js";
import type { ProcessReader, ProcessSample } from "./proc-sample.js";
import type { Publish } from "./publish.js";
import { ResourceLevel, type ResourceType } from "./resource-level.js";

export interface ResourceWatchDependencies {
  /** Undefined where the system tells nothing of processes. */
  readonly reader: ProcessReader | undefined;
  readonly publish: Publish;
  readonly log: Logger;
  readonly scheduler: SchedulerLike;
  /** A limit was broken three readings in a row; the reason is text for a person. Once until the use is back below. */
  readonly onLimit: (moduleName: string, reason: string) => void;
  /** Lets a process that takes more processor time than its limit run behind all others; false when it can't. */
  readonly giveWay: (pid: number) => boolean;
  /** Which resources of a module are over their warning levels now; called when that changes. */
  readonly onPressure: (moduleName: string, resources: readonly ResourceType[]) => void;
}

export interface WatchedModule {
  readonly name: string;
  /** Undefined while there is no process, or it is not this host's own. */
  readonly pid: () => number | undefined;
  readonly limits: LimitsOptions;
}

/** What a module uses now; a figure that nobody could read is undefined. */
export interface ResourceFigures {
  /** Of one core, over at most ten seconds. */
  readonly cpuPercent: number | undefined;
  /** Processor time since the module is watched, for a counter. */
  readonly cpuMs: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly descriptors: number | undefined;
  readonly children: number | undefined;
  readonly dataBytes: number | undefined;
  /** Why the figures of the process are missing. */
  readonly note?: string;
}

const UNITS: Readonly<Record<ResourceType, (amount: number) => string>> = {
  memory: byteText,
  cpu: (percent) => `${Math.round(percent * 10) / 10} %`,
  disk: byteText,
  file_descriptors: String,
  processes: String,
};
const USED: Readonly<Record<ResourceType, string>> = {
  memory: "resident",
  cpu: "of one core used over 10 s",
  disk: "in its data directory",
  file_descriptors: "open",
  processes: "started",
};
/** Processor time over its limit is told again only after it fell this far below. */
const CPU_REARM_POINTS = 10;

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

  /** Takes the size of a module's data directory. @returns whether it is over its limit */
  noteData(moduleName: string, size: DirectorySize): boolean {
    return this.#modules.get(moduleName)?.noteData(size) ?? false;
  }

  /** Undefined for a module that is not watched. */
  figures(moduleName: string): ResourceFigures | undefined {
    return this.#modules.get(moduleName)?.figures(this.#deps.reader !== undefined);
  }
}

class ModuleUse {
  readonly module: WatchedModule;
  readonly #deps: ResourceWatchDependencies;
  #cpuLimit = newCpuLimit();
  #levels: Map<ResourceType, ResourceLevel>;
  #cpu = new CpuWindow();
  #pid: number | undefined;
  #sample: ProcessSample | undefined;
  #data: DirectorySize | undefined;
  #isDataToldIncomplete = false;

  constructor(deps: ResourceWatchDependencies, module: WatchedModule) {
    this.#deps = deps;
    this.module = module;
    this.#levels = levelsOf(module.limits);
  }

  note(nowMs: number, pid: number | undefined, sample: ProcessSample | undefined): void {
    // Without a process the last one's warnings stand: how it ended is for others to say.
    if (pid !== undefined && pid !== this.#pid) {
      this.#beginProcess();
      this.#pid = pid;
    }
    this.#sample = sample;
    if (sample === undefined) return;
    this.#cpu.note(nowMs, sample.cpuMs);
    const cpuPercent = this.#cpu.percentOfWindow();
    this.#judge("cpu", cpuPercent);
    this.#judgeCpuLimit(cpuPercent);
    this.#judge("memory", sample.memoryBytes);
    if (sample.descriptors !== undefined) this.#judge("file_descriptors", sample.descriptors);
    this.#judge("processes", sample.children);
  }

  noteData(size: DirectorySize): boolean {
    this.#data = size;
    if (!size.isComplete && !this.#isDataToldIncomplete) {
      this.#isDataToldIncomplete = true;
      this.#deps.log.warn(
        { module: this.module.name, counted_bytes: size.sizeBytes },
        `the data directory of module ${this.module.name} could not be measured whole (too many files, too deep, or closed to this user): it holds at least ${byteText(size.sizeBytes)}`,
      );
    }
    this.#judge("disk", size.sizeBytes);
    return this.#levels.get("disk")?.isOverLimit ?? false;
  }

  figures(isSystemKnown: boolean): ResourceFigures {
    const sample = this.#sample;
    const note = sample === undefined ? this.#whyUnknown(isSystemKnown) : undefined;
    return {
      cpuPercent: sample === undefined ? undefined : this.#cpu.percent(),
      cpuMs: sample === undefined ? undefined : this.#cpu.totalMs,
      memoryBytes: sample?.memoryBytes,
      descriptors: sample?.descriptors,
      children: sample?.children,
      dataBytes: this.#data?.sizeBytes,
      ...(note === undefined ? {} : { note }),
    };
  }

  #whyUnknown(isSystemKnown: boolean): string {
    if (!isSystemKnown) return "this system tells nothing of processes";
    const pid = this.module.pid();
    if (pid === undefined) return "no process handle";
    return pid === this.#pid ? "the process can't be read" : "not sampled yet";
  }

  /** Another process owes nothing for the one before; what lies on the disk is still there. */
  #beginProcess(): void {
    const disk = this.#levels.get("disk");
    const hadPressure = this.#pressures().some((type) => type !== "disk");
    this.#cpu = new CpuWindow();
    this.#cpuLimit = newCpuLimit();
    this.#levels = levelsOf(this.module.limits);
    if (disk !== undefined) this.#levels.set("disk", disk);
    if (hadPressure) this.#deps.onPressure(this.module.name, this.#pressures());
  }

  #pressures(): ResourceType[] {
    return [...this.#levels].filter(([, level]) => level.isWarned).map(([type]) => type);
  }

  #judge(type: ResourceType, used: number): void {
    const level = this.#levels.get(type);
    if (level === undefined) return;
    const { usagePercent, warning, isLimitBroken } = level.note(used);
    const { name } = this.module;
    if (warning === "entered") this.#warn(type, level.limit, used, usagePercent);
    if (warning === "left") {
      this.#deps.log.info(
        { module: name, resource: type },
        `module ${name} uses less of its ${type} limit again`,
      );
    }
    if (warning !== undefined) this.#deps.onPressure(name, this.#pressures());
    if (isLimitBroken && type !== "cpu") this.#deps.onLimit(name, reasonText(type, level.limit, used));
  }

  #warn(type: ResourceType, limit: number, used: number, usagePercent: number): void {
    const { name, limits } = this.module;
    const rounded = Math.round(usagePercent * 10) / 10;
    this.#deps.log.warn(
      { module: name, resource: type, usage_percent: rounded, used, limit },
      `module ${name} uses ${rounded} % of what it may; ${reasonText(type, limit, used)}`,
    );
    this.#deps.publish("ResourceLimitWarning", {
      resource_type: type,
      usage_percent: rounded,
      current_usage: Math.round(used),
      limit: Math.round(limit),
      threshold_percent: limits.warn_percent,
    });
  }

  #judgeCpuLimit(cpuPercent: number): void {
    const { name, limits } = this.module;
    if (this.#cpuLimit.note((cpuPercent / limits.max_cpu_percent) * 100) !== "entered") return;
    const givesWay = this.#pid !== undefined && this.#deps.giveWay(this.#pid);
    const outcome = givesWay ? "goes on at a lower priority until it ends" : "goes on";
    this.#deps.log.warn(
      { module: name, resource: "cpu", used: cpuPercent, limit: limits.max_cpu_percent },
      `module ${name} is over its limit and ${outcome}; ${reasonText("cpu", limits.max_cpu_percent, cpuPercent)}`,
    );
  }
}

function newCpuLimit(): Hysteresis {
  return new Hysteresis(100, CPU_REARM_POINTS);
}

function levelsOf(limits: LimitsOptions): Map<ResourceType, ResourceLevel> {
  const level = (limit: number) => new ResourceLevel(limit, limits.warn_percent);
  return new Map<ResourceType, ResourceLevel>([
    ["memory", level(limits.max_memory_bytes)],
    ["cpu", level(limits.max_cpu_percent)],
    ["disk", level(limits.max_data_bytes)],
    ["file_descriptors", level(limits.max_file_descriptors)],
    ["processes", level(limits.max_child_processes)],
  ]);
}

function reasonText(type: ResourceType, limit: number, used: number): string {
  const unit = UNITS[type];
  return `${type}: ${unit(limit)} limit, ${unit(used)} ${USED[type]}`;
}
