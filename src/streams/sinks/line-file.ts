import { type FileHandle, rename, rm, stat } from "node:fs/promises";
import type { SchedulerLike, Subscription } from "rxjs";
import { errorCode } from "../../errors.js";
import type { Logger } from "../../log.js";
import { streamErrors } from "../errors.js";
import type { FileClaim, FileClaims, FileOwner } from "./file-claims.js";
import { openPlace, placeOf } from "./file-place.js";
import { cutTornLine } from "./torn-line.js";

/** Text that is gathered into one write. */
const CHUNK_BYTES = 256 * 1024;

export interface LineFileOptions {
  /** Relative to the folder for files. */
  readonly path: string;
  readonly maxBytes: number;
  /** Files with the current one among them, from 1. */
  readonly maxFiles: number;
  readonly everyMs?: number;
  readonly fsync: "never" | "interval" | "always";
  readonly fsyncIntervalMs: number;
}

export interface LineFileDeps {
  readonly filesDir: string;
  readonly claims?: FileClaims | undefined;
  readonly owner: FileOwner;
  readonly scheduler: SchedulerLike;
  readonly log: Logger;
  /** Opens the file for appending; `openPlace` where it is absent. */
  readonly open?: (place: string) => Promise<FileHandle>;
}

/** Lines that were written, and why not all of them. */
export interface Appended {
  readonly written: number;
  readonly error?: unknown;
}

interface Current {
  readonly handle: FileHandle;
  readonly inode: number;
  sizeBytes: number;
  readonly bornMs: number;
  isDirty: boolean;
}

/**
 * A file of lines that rotates: `name` is written, `name.1` is the one before, `name.2` older. Opened at the first line,
 * and again after a failure. Between two calls it holds whole lines only: a write that failed halfway is cut off again, and
 * so is what a killed process left.
 *
 * Rotation is a chain of renames from the oldest on; a process killed in the middle leaves a gap in the numbers and loses
 * no line. A line longer than `maxBytes` gets a file of its own. Not for two calls at a time.
 */
export class LineFile {
  readonly #deps: LineFileDeps;
  readonly #options: LineFileOptions;
  #place: string | undefined;
  #claim: FileClaim | undefined;
  #current: Current | undefined;
  #syncTimer: Subscription | undefined;
  #syncing: Promise<void> = Promise.resolve();
  #appending: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(deps: LineFileDeps, options: LineFileOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Appends lines, given without line breaks, in order. Never rejects. */
  append(lines: readonly string[]): Promise<Appended> {
    const appending = this.#append(lines);
    this.#appending = appending;
    return appending;
  }

  /** Writes to the disk what `fsync` asks for, frees the file and its name. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#appending;
    this.#syncTimer?.unsubscribe();
    this.#syncTimer = undefined;
    await this.#closeCurrent().catch((error: unknown) =>
      this.#warn(error, "a file of a sink failed to close"),
    );
    this.#claim?.release();
    this.#claim = undefined;
  }

  async #append(lines: readonly string[]): Promise<Appended> {
    let written = 0;
    try {
      await this.#leaveLostFile();
      while (written < lines.length) {
        if (this.#isClosed) throw streamErrors.SINK_CLOSED({ waitedFor: "its file" });
        const current = await this.#roomFor(byteLength(lines[written]));
        const count = this.#linesThatFit(lines, written, current.sizeBytes);
        await this.#write(current, Buffer.from(`${lines.slice(written, written + count).join("\n")}\n`));
        written += count;
      }
    } catch (error) {
      return { written, error };
    }
    try {
      await this.#afterWrite();
      return { written };
    } catch (error) {
      // In the file, and nobody knows whether on the disk: that is not what `always` promises.
      return { written: 0, error };
    }
  }

  async #roomFor(lineBytes: number): Promise<Current> {
    this.#current ??= await this.#open();
    const { sizeBytes, bornMs } = this.#current;
    const { maxBytes, everyMs = Number.POSITIVE_INFINITY } = this.#options;
    const isOld = this.#deps.scheduler.now() - bornMs >= everyMs;
    if (sizeBytes === 0 || (sizeBytes + lineBytes <= maxBytes && !isOld)) return this.#current;
    await this.#rotate();
    this.#current = await this.#open();
    return this.#current;
  }

  /** A file that was removed or moved away is left: what is written to it would be read by nobody. */
  async #leaveLostFile(): Promise<void> {
    const { current, place } = { current: this.#current, place: this.#place };
    if (current === undefined || place === undefined) return;
    const found = await stat(place).catch(() => undefined);
    if (found?.ino === current.inode) return;
    this.#deps.log.warn(
      { path: this.#options.path },
      "a file of a sink was removed or moved away; a new one is begun",
    );
    await this.#closeCurrent();
  }

  #linesThatFit(lines: readonly string[], from: number, sizeBytes: number): number {
    let bytes = byteLength(lines[from]);
    let count = 1;
    while (from + count < lines.length && bytes < CHUNK_BYTES) {
      bytes += byteLength(lines[from + count]);
      if (sizeBytes + bytes > this.#options.maxBytes) break;
      count++;
    }
    return count;
  }

  async #open(): Promise<Current> {
    const place = await this.#claimedPlace();
    const handle = await (this.#deps.open ?? openPlace)(place);
    try {
      const { sizeBytes, cutBytes } = await cutTornLine(handle);
      if (cutBytes > 0)
        this.#deps.log.warn(
          { path: this.#options.path, cutBytes },
          "the last line of a sink's file was torn, as a killed process leaves it; it is cut off",
        );
      const { birthtimeMs, ino: inode } = await handle.stat();
      const ageMs = sizeBytes === 0 ? 0 : Math.max(0, Date.now() - birthtimeMs);
      return { handle, inode, sizeBytes, bornMs: this.#deps.scheduler.now() - ageMs, isDirty: false };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async #claimedPlace(): Promise<string> {
    const { filesDir, claims, owner } = this.#deps;
    // Each time, since the folders may be gone since.
    const place = await placeOf(filesDir, this.#options.path);
    this.#place = place;
    this.#claim ??= await claims?.claim([place, ...this.#olderNames(place)], owner);
    return place;
  }

  /** `name.1` to the oldest that is kept. */
  #olderNames(place: string): string[] {
    return Array.from({ length: this.#options.maxFiles - 1 }, (_, index) => `${place}.${index + 1}`);
  }

  async #rotate(): Promise<void> {
    const place = await this.#claimedPlace();
    await this.#closeCurrent();
    const names = [place, ...this.#olderNames(place)];
    if (names.length === 1) return rm(place, { force: true });
    for (let older = names.length - 1; older > 0; older--)
      await rename(names[older - 1] as string, names[older] as string).catch((error: unknown) => {
        if (errorCode(error) !== "ENOENT") throw error;
      });
  }

  async #write(current: Current, bytes: Buffer): Promise<void> {
    try {
      for (let offset = 0; offset < bytes.length; ) {
        const { bytesWritten } = await current.handle.write(bytes, offset);
        offset += bytesWritten;
        current.isDirty = true;
      }
      current.sizeBytes += bytes.length;
    } catch (error) {
      await this.#undo(current);
      throw error;
    }
  }

  /** Takes back a write that failed halfway; where even that fails the file is opened anew, which cuts it. */
  async #undo(current: Current): Promise<void> {
    try {
      await current.handle.truncate(current.sizeBytes);
    } catch {
      this.#current = undefined;
      await current.handle.close().catch(() => {});
    }
  }

  async #afterWrite(): Promise<void> {
    const { fsync, fsyncIntervalMs } = this.#options;
    if (fsync === "always") await this.#sync();
    else if (fsync === "interval" && this.#syncTimer === undefined)
      this.#syncTimer = this.#deps.scheduler.schedule(() => {
        this.#syncTimer = undefined;
        this.#syncing = this.#sync().catch((error: unknown) =>
          this.#warn(error, "a file of a sink can't be written through to its disk"),
        );
      }, fsyncIntervalMs);
  }

  async #sync(): Promise<void> {
    const current = this.#current;
    if (current === undefined || !current.isDirty) return;
    current.isDirty = false;
    await current.handle.datasync();
  }

  async #closeCurrent(): Promise<void> {
    const current = this.#current;
    if (current === undefined) return;
    try {
      await this.#syncing;
      if (this.#options.fsync !== "never") await this.#sync();
    } finally {
      this.#current = undefined;
      await current.handle.close();
    }
  }

  #warn(error: unknown, message: string): void {
    this.#deps.log.warn({ path: this.#options.path, err: error, code: errorCode(error) }, message);
  }
}

function byteLength(line: string | undefined): number {
  return line === undefined ? 0 : Buffer.byteLength(line) + 1;
}
