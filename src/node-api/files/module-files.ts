import type { Stats } from "node:fs";
import type { SchedulerLike } from "rxjs";
import { errorCode } from "../../errors.js";
import type { FileMetadata, FileQuota } from "../../requests/index.js";
import { type Opened, removeIn, statIn } from "../../security/index.js";
import { type ReadFreeSpace, reserveProblem } from "../disk-reserve.js";
import { fileErrors } from "../errors.js";
import { Descent, descendTo } from "./descend.js";
import { type DiskSpaceUse, DiskUse, type FileLimits } from "./disk-use.js";
import { readIn } from "./file-content.js";
import { notRegular, requireFile, requireNoLink } from "./file-kind.js";
import { listNames } from "./file-names.js";
import { readFilePath } from "./file-path.js";
import { fileRefusal, shownPath } from "./file-refusal.js";
import { Lane, type LaneRefusal } from "./lane.js";
import { replaceIn } from "./part-file.js";

export interface ModuleFilesOptions {
  /** The module's data directory. */
  readonly root: string;
  readonly limits: () => FileLimits;
  readonly readFreeSpace: ReadFreeSpace;
  readonly scheduler: SchedulerLike;
}

/** Side by side, so that one module's slow disk leaves threads of the host's pool to the others. */
const READS_AT_ONCE = 2;
const MAX_WAITING = 256;
const BLOCK_BYTES = 4096;
const STAT_BLOCK_BYTES = 512;

/**
 * The files of one module. Reads run two at a time, changes one after another in the order in which they were asked for:
 * of two writes to one path each is whole and the later one stays, and no two changes pass the limits together.
 * Every path is walked part by part through open folders.
 */
export class ModuleFiles {
  readonly #options: ModuleFilesOptions;
  readonly #use: DiskUse;
  readonly #reads = new Lane(READS_AT_ONCE, MAX_WAITING, refusedBy);
  readonly #changes = new Lane(1, MAX_WAITING, refusedBy);

  constructor(options: ModuleFilesOptions) {
    this.#options = options;
    this.#use = new DiskUse(options.root, options.scheduler);
  }

  get isIdle(): boolean {
    return this.#reads.isIdle && this.#changes.isIdle;
  }

  async read(path: string, signal: AbortSignal): Promise<Uint8Array> {
    return this.#inFolder(this.#reads, path, signal, (folder, name) => readIn(folder, name, path));
  }

  async list(path: string, signal: AbortSignal): Promise<string[]> {
    const parts = requireParts(path);
    return this.#run(this.#reads, path, signal, async () => {
      await using way = await descendTo(this.#options.root, parts);
      return await listNames(way.folder, path, parts.length);
    });
  }

  async metadata(path: string, signal: AbortSignal): Promise<FileMetadata> {
    if (path === "") {
      return this.#run(this.#reads, path, signal, async () => {
        await using way = await descendTo(this.#options.root, []);
        return metadataOf(path, await way.folder.handle.stat());
      });
    }
    return this.#inFolder(this.#reads, path, signal, async (folder, name) =>
      metadataOf(path, await statIn(folder, name)),
    );
  }

  /** @returns whether the file is new */
  async write(path: string, data: Uint8Array, signal: AbortSignal): Promise<boolean> {
    const { parts, name } = requireName(path);
    return this.#run(this.#changes, path, signal, async () => {
      await using way = await Descent.along(this.#options.root, parts);
      const folders = way.missing.length;
      const old = folders > 0 ? undefined : await statOrNothing(way.folder, name);
      if (old !== undefined) requireFile(path, old);
      const freed = useOf(old);
      await this.#requireRoom(path, {
        bytes: blocksOf(data.length) + folders * BLOCK_BYTES - freed.bytes,
        inodes: 1 + folders - freed.inodes,
      });
      await way.makeMissing(path, () => this.#noteFolder());
      const takenBytes = await replaceIn(way.folder, name, data);
      this.#use.note({ bytes: takenBytes - freed.bytes, inodes: 1 - freed.inodes });
      return old === undefined;
    });
  }

  /** @returns whether it was there */
  async remove(path: string, signal: AbortSignal): Promise<boolean> {
    const { parts, name } = requireName(path);
    return this.#run(this.#changes, path, signal, async () => {
      await using way = await Descent.along(this.#options.root, parts);
      const old = way.missing.length > 0 ? undefined : await statOrNothing(way.folder, name);
      if (old === undefined) return false;
      requireFile(path, old);
      await removeIn(way.folder, name);
      await way.folder.handle.sync();
      const freed = useOf(old);
      this.#use.note({ bytes: -freed.bytes, inodes: -freed.inodes });
      return true;
    });
  }

  /** @returns whether it is new */
  async makeDirectory(path: string, signal: AbortSignal): Promise<boolean> {
    const { parts, name } = requireName(path);
    return this.#run(this.#changes, path, signal, async () => {
      await using way = await Descent.along(this.#options.root, [...parts, name]);
      const folders = way.missing.length;
      if (folders > 0) await this.#requireRoom(path, { bytes: folders * BLOCK_BYTES, inodes: folders });
      await way.makeMissing(path, () => this.#noteFolder());
      return folders > 0;
    });
  }

  async quota(signal: AbortSignal): Promise<FileQuota> {
    return this.#run(this.#changes, "", signal, async () => {
      const limits = this.#options.limits();
      const { bytes, inodes } = await this.#use.measured(limits);
      return {
        used_bytes: bytes,
        limit_bytes: limits.fileBytes,
        used_inodes: inodes,
        limit_inodes: limits.inodes,
      };
    });
  }

  /** Ends what waits; resolves when nothing runs any more. */
  async close(): Promise<void> {
    await Promise.all([this.#reads.close(), this.#changes.close()]);
  }

  async #inFolder<Result>(
    lane: Lane,
    path: string,
    signal: AbortSignal,
    work: (folder: Opened, name: string) => Promise<Result>,
  ): Promise<Result> {
    const { parts, name } = requireName(path);
    return this.#run(lane, path, signal, async () => {
      await using way = await descendTo(this.#options.root, parts);
      return await work(way.folder, name);
    });
  }

  async #run<Result>(
    lane: Lane,
    path: string,
    signal: AbortSignal,
    work: () => Promise<Result>,
  ): Promise<Result> {
    try {
      return await lane.run(work, signal);
    } catch (error) {
      throw fileRefusal(path, error);
    }
  }

  async #requireRoom(path: string, asked: DiskSpaceUse): Promise<void> {
    await this.#use.require(asked, this.#options.limits());
    const free = await this.#options.readFreeSpace(this.#options.root);
    const reason = reserveProblem(free, Math.max(0, asked.bytes));
    if (reason === undefined) return;
    throw fileErrors.FILE_FAILED({ path: shownPath(path), reason }, { retryable: true });
  }

  #noteFolder(): void {
    this.#use.note({ bytes: BLOCK_BYTES, inodes: 1 });
  }
}

function requireParts(path: string): readonly string[] {
  const read = readFilePath(path);
  if ("parts" in read) return read.parts;
  throw fileErrors.BAD_PATH({ path: shownPath(path), found: read.problem });
}

/** The folders of a path and the name in the last of them. */
function requireName(path: string): { readonly parts: readonly string[]; readonly name: string } {
  const parts = requireParts(path);
  const name = parts.at(-1);
  if (name !== undefined) return { parts: parts.slice(0, -1), name };
  throw fileErrors.BAD_PATH({ path: shownPath(path), found: "no parts, which is the data directory itself" });
}

async function statOrNothing(folder: Opened, name: string): Promise<Stats | undefined> {
  try {
    return await statIn(folder, name);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function blocksOf(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}

/** What is free once this name is gone: of a file with other names, the name alone. */
function useOf(stats: Stats | undefined): DiskSpaceUse {
  if (stats === undefined) return { bytes: 0, inodes: 0 };
  return { bytes: stats.nlink > 1 ? 0 : stats.blocks * STAT_BLOCK_BYTES, inodes: 1 };
}

function metadataOf(path: string, stats: Stats): FileMetadata {
  requireNoLink(path, stats);
  if (!stats.isFile() && !stats.isDirectory()) throw notRegular(path, stats, "a regular file or a directory");
  return {
    path,
    // A file of holes may say any size.
    size: Math.min(stats.size, Number.MAX_SAFE_INTEGER),
    is_file: stats.isFile(),
    is_directory: stats.isDirectory(),
    modified: unixSeconds(stats.mtimeMs),
    created: unixSeconds(stats.birthtimeMs),
  };
}

/** Undefined where the file system doesn't know, or where somebody set a time before 1970. */
function unixSeconds(unixMs: number): number | undefined {
  const seconds = Math.floor(unixMs / 1000);
  return seconds > 0 && Number.isSafeInteger(seconds) ? seconds : undefined;
}

function refusedBy(refusal: LaneRefusal): Error {
  const reasons = {
    full: `${MAX_WAITING} requests for the module's files wait already`,
    closed: "the node is closing",
    gone: "the connection that asked is closed",
  };
  return fileErrors.FILE_FAILED(
    { path: shownPath(""), reason: reasons[refusal] },
    { retryable: refusal === "full" },
  );
}
