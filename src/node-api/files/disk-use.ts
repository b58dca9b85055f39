import { rm } from "node:fs/promises";
import type { SchedulerLike } from "rxjs";
import { measureDirectory } from "../../security/index.js";
import type { KeepingLimits } from "../dependencies.js";
import { fileErrors, nodeApiErrors } from "../errors.js";
import { NODE_FOLDER, PART_FILE_PREFIX } from "./file-path.js";
import { shownPath } from "./file-refusal.js";

/** Space and names, used or asked for. */
export interface DiskSpaceUse {
  readonly bytes: number;
  readonly inodes: number;
}

export type FileLimits = Pick<KeepingLimits, "fileBytes" | "inodes">;

/** A measurement counts for as long, with what the node itself wrote since. */
const MAX_AGE_MS = 5000;
/** The pause after a measurement in its own lengths: a twentieth of the time goes into measuring at most. */
const PAUSE_FACTOR = 20;
/** No walk goes through more, whatever the module may have. */
const MAX_MEASURED_ENTRIES = 1_000_000;

/**
 * How much lies below a module's directory, in blocks on the disk and names, without what is the node's own. The module
 * writes there by itself as well, so it is measured, and again when the last measurement is old or would refuse
 * something. Walks follow no link. One call at a time: whoever asks sees to that.
 */
export class DiskUse {
  readonly #root: string;
  readonly #scheduler: SchedulerLike;
  #use: DiskSpaceUse | undefined;
  #measuredAtMs = 0;
  #mayMeasureAtMs = 0;

  constructor(root: string, scheduler: SchedulerLike) {
    this.#root = root;
    this.#scheduler = scheduler;
  }

  /** What is used, measured anew unless that was done just now. @throws FILE_FAILED */
  async measured(limits: FileLimits): Promise<DiskSpaceUse> {
    const nowMs = this.#scheduler.now();
    if (this.#use === undefined || nowMs >= this.#mayMeasureAtMs) this.#use = await this.#measure(limits);
    return this.#use;
  }

  /** Refuses what would pass a limit; what takes nothing more always may. @throws QUOTA_EXCEEDED, FILE_FAILED */
  async require(asked: DiskSpaceUse, limits: FileLimits): Promise<void> {
    if (asked.bytes <= 0 && asked.inodes <= 0) return;
    const isFresh = this.#scheduler.now() - this.#measuredAtMs < MAX_AGE_MS;
    if (isFresh && this.#use !== undefined && problemOf(this.#use, asked, limits) === undefined) return;
    const problem = problemOf(await this.measured(limits), asked, limits);
    if (problem !== undefined) throw problem;
  }

  /** What the node itself wrote or removed since. */
  note(change: DiskSpaceUse): void {
    if (this.#use === undefined) return;
    this.#use = {
      bytes: Math.max(0, this.#use.bytes + change.bytes),
      inodes: Math.max(0, this.#use.inodes + change.inodes),
    };
  }

  async #measure({ inodes }: FileLimits): Promise<DiskSpaceUse> {
    const startMs = this.#scheduler.now();
    const size = await measureDirectory(this.#root, {
      maxEntries: Math.min(inodes + 1, MAX_MEASURED_ENTRIES),
      mayCount: ({ path, name, depth }) => countOrClean(path, name, depth),
    });
    const endMs = this.#scheduler.now();
    this.#measuredAtMs = endMs;
    this.#mayMeasureAtMs = endMs + PAUSE_FACTOR * (endMs - startMs);
    if (size !== undefined) return { bytes: size.sizeBytes, inodes: size.entries };
    throw fileErrors.FILE_FAILED({
      path: shownPath(""),
      reason: "the module's data directory can't be read",
    });
  }
}

/** Nothing is being written while it is measured: a part file is what a killed host left. */
async function countOrClean(path: Buffer, name: string, depth: number): Promise<boolean> {
  if (!name.startsWith(PART_FILE_PREFIX)) return depth > 0 || name !== NODE_FOLDER;
  return rm(path).then(
    () => false,
    () => true,
  );
}

function problemOf(used: DiskSpaceUse, asked: DiskSpaceUse, limits: FileLimits) {
  const { fileBytes, inodes } = limits;
  if (asked.bytes > 0 && used.bytes + asked.bytes > fileBytes) {
    return exceeded(used.bytes, fileBytes, asked.bytes, "bytes");
  }
  if (asked.inodes > 0 && used.inodes + asked.inodes > inodes) {
    return exceeded(used.inodes, inodes, asked.inodes, "files and directories");
  }
  return undefined;
}

function exceeded(used: number, limit: number, asked: number, unit: string) {
  return nodeApiErrors.QUOTA_EXCEEDED({ what: "the module's data directory", used, limit, asked, unit });
}
