import type { SchedulerLike } from "rxjs";
import type { Logger } from "../../log.js";
import type { DirectorySize, MeasuredDirectory } from "../../security/index.js";
import type { LimitsOptions } from "../options.js";
import { byteText } from "./byte-text.js";
import { CpuWindow } from "./cpu-window.js";
import { Hysteresis } from "./hysteresis.js";
import type { ProcessReader, ProcessSample } from "./proc-sample.js";
import type { Publish } from "./publish.js";
import { ResourceLevel, type ResourceType } from "./resource-level.js";
import { resourceText } from "./resource-text.js";

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

/** What lies in a data directory; where nobody counted, without a number of files. */
export type DataSize = DirectorySize & Partial<Pick<MeasuredDirectory, "entries" | "hiddenFolders">>;

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
  /** Files and directories in the data directory. */
  readonly files?: number | undefined;
  /** Why the figures of the process are missing. */
  readonly note?: string;
}

/** Processor time over its limit is told again only after it fell this far below. */
const CPU_REARM_POINTS = 10;
/** A module that uses more of its memory or its data directory is looked at more often. */
const HOT_SHARE = 0.5;
/** A folder may be closed for a moment, as of an archive that is being unpacked. */
const READINGS_HIDDEN = 2;

/** What one module uses, compared with its limits reading after reading. */
export class ModuleUse {
  readonly module: WatchedModule;
  readonly #deps: ResourceWatchDependencies;
  #cpuLimit = newCpuLimit();
  #levels: Map<ResourceType, ResourceLevel>;
  #cpu = new CpuWindow();
  #pid: number | undefined;
  #sample: ProcessSample | undefined;
  #data: DataSize | undefined;
  #lastMemoryBytes: number | undefined;
  #isDataToldIncomplete = false;
  #readingsHidden = 0;
  /** Its process runs behind all others, since it was over its limit of processor time. */
  #gaveWay = false;

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
      this.#gaveWay = false;
    }
    this.#sample = sample;
    if (sample === undefined) return;
    this.#cpu.note(nowMs, sample.cpuMs);
    const cpuPercent = this.#cpu.percentOfWindow();
    this.#judge("cpu", cpuPercent);
    this.#judgeCpuLimit(cpuPercent);
    this.#judgeMemory(sample.memoryBytes);
    if (sample.descriptors !== undefined) this.#judge("file_descriptors", sample.descriptors);
    this.#judge("processes", sample.children);
  }

  /** Takes resident memory alone, between two whole samples. */
  noteMemory(memoryBytes: number): void {
    if (this.#sample === undefined) return;
    this.#sample = { ...this.#sample, memoryBytes };
    this.#judgeMemory(memoryBytes);
  }

  /** The process while it uses so much memory that it is looked at between two samples. */
  get hotPid(): number | undefined {
    const isHot = (this.#sample?.memoryBytes ?? 0) >= this.module.limits.max_memory_bytes * HOT_SHARE;
    return isHot ? this.#pid : undefined;
  }

  /** What the module had resident when it was looked at last, also when it is gone since. */
  get lastMemoryBytes(): number | undefined {
    return this.#lastMemoryBytes;
  }

  /** The process with those that belong to it, as they were sampled last. */
  get members(): NonNullable<ProcessSample["members"]> {
    return this.#sample?.members ?? [];
  }

  /** @returns whether the directory is to be measured again soon */
  noteData(size: DataSize): boolean {
    this.#data = size;
    if (!size.isComplete && !this.#isDataToldIncomplete) {
      this.#isDataToldIncomplete = true;
      this.#deps.log.warn(
        { module: this.module.name, counted_bytes: size.sizeBytes },
        `the data directory of module ${this.module.name} could not be measured whole (too many files, too deep, or closed to this user): it holds at least ${byteText(size.sizeBytes)}`,
      );
    }
    const { max_data_bytes, max_files } = this.module.limits;
    this.#judgeHidden(size.hiddenFolders ?? 0);
    this.#judge("disk", size.sizeBytes);
    if (size.entries !== undefined) this.#judge("files", size.entries);
    if (this.#readingsHidden > 0) return true;
    return size.sizeBytes > max_data_bytes * HOT_SHARE || (size.entries ?? 0) > max_files * HOT_SHARE;
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
      ...(this.#data?.entries === undefined ? {} : { files: this.#data.entries }),
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
    const lasting = (["disk", "files"] as const).map((type) => [type, this.#levels.get(type)] as const);
    const hadPressure = this.#pressures().some((type) => type !== "disk" && type !== "files");
    this.#lastMemoryBytes = undefined;
    this.#cpu = new CpuWindow();
    this.#cpuLimit = newCpuLimit();
    this.#levels = levelsOf(this.module.limits);
    for (const [type, level] of lasting) if (level !== undefined) this.#levels.set(type, level);
    if (hadPressure) this.#deps.onPressure(this.module.name, this.#pressures());
  }

  #pressures(): ResourceType[] {
    return [...this.#levels].filter(([, level]) => level.isWarned).map(([type]) => type);
  }

  /** What a module hides no limit can be held against. */
  #judgeHidden(folders: number): void {
    this.#readingsHidden = folders === 0 ? 0 : this.#readingsHidden + 1;
    if (this.#readingsHidden !== READINGS_HIDDEN) return;
    const subject = folders === 1 ? "1 folder in it is" : `${folders} folders in it are`;
    this.#deps.onLimit(
      this.module.name,
      `data directory: ${subject} closed to the host or too deep, so that what lies there can't be counted; keep folders readable for their owner and at most 64 below each other`,
    );
  }

  #judgeMemory(memoryBytes: number): void {
    // A process that is ending has given its memory back already.
    if (memoryBytes > 0) this.#lastMemoryBytes = memoryBytes;
    this.#judge("memory", memoryBytes);
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
    if (isLimitBroken && type !== "cpu") this.#deps.onLimit(name, resourceText(type, level.limit, used));
  }

  #warn(type: ResourceType, limit: number, used: number, usagePercent: number): void {
    const { name, limits } = this.module;
    const rounded = Math.round(usagePercent * 10) / 10;
    this.#deps.log.warn(
      { module: name, resource: type, usage_percent: rounded, used, limit },
      `module ${name} uses ${rounded} % of what it may; ${resourceText(type, limit, used)}`,
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
    const change = this.#cpuLimit.note((cpuPercent / limits.max_cpu_percent) * 100);
    // Again and again: the kernel may have been asked too often at the time.
    if (this.#gaveWay && this.#pid !== undefined) this.#deps.giveWay(this.#pid);
    if (change !== "entered") return;
    const givesWay = this.#pid !== undefined && this.#deps.giveWay(this.#pid);
    this.#gaveWay = givesWay;
    const outcome = givesWay ? "goes on at a lower priority until it ends" : "goes on";
    this.#deps.log.warn(
      { module: name, resource: "cpu", used: cpuPercent, limit: limits.max_cpu_percent },
      `module ${name} is over its limit and ${outcome}; ${resourceText("cpu", limits.max_cpu_percent, cpuPercent)}`,
    );
  }
}

function newCpuLimit(): Hysteresis {
  return new Hysteresis(100, CPU_REARM_POINTS);
}

function levelsOf(limits: LimitsOptions): Map<ResourceType, ResourceLevel> {
  const level = (limit: number, isUrgent = false) => new ResourceLevel(limit, limits.warn_percent, isUrgent);
  return new Map<ResourceType, ResourceLevel>([
    ["memory", level(limits.max_memory_bytes, true)],
    ["cpu", level(limits.max_cpu_percent)],
    ["disk", level(limits.max_data_bytes, true)],
    ["files", level(limits.max_files, true)],
    ["file_descriptors", level(limits.max_file_descriptors)],
    ["processes", level(limits.max_child_processes)],
  ]);
}
