import { closeSync, fstatSync } from "node:fs";
import { errorMessage } from "../../../errors.js";
import type { Logger } from "../../../log.js";
import { chainErrors } from "../../errors.js";
import type { DevnetStore, StoredRecord } from "./devnet-store.js";
import { frameOf } from "./frame-of.js";
import { readFully, readWindow } from "./read-window.js";
import { headBytes, tailBytes } from "./record-frame.js";
import { blockOffsetBytes, hashOfBlockPayload, isBlockKind } from "./record-payload.js";
import { recordsBetween } from "./records-between.js";
import { scanRecords } from "./scan-records.js";
import { type Disk, openStoreFile, realDisk, storeFailure } from "./store-file.js";
import { storeHeaderBytes } from "./store-header.js";

export interface DevnetStoreDependencies {
  /** The file; made with its directory where missing. */
  readonly path: string;
  readonly log: Logger;
  readonly disk?: Disk;
}

interface BlockPlace {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/**
 * Opens the devnet's store in a file, checks every record of it, and cuts a torn end off, which the log tells.
 * Takes no lock: the host's lock of its data directory keeps other hosts out. A write by anybody else is noticed at the
 * next append by the size of the file. Memory: a window of 1 MiB while reading, and some 150 bytes for each block.
 * @throws DEVNET_STORE_DAMAGED, DEVNET_STORE_FOREIGN, DEVNET_STORE_FAILED
 */
export function openDevnetStore(
  { path, log, disk = realDisk }: DevnetStoreDependencies,
  { maxBytes }: { readonly maxBytes: number },
): DevnetStore {
  const { descriptor, sizeBytes } = openStoreFile(path, "write");
  try {
    const { places, endBytes } = indexBlocks(descriptor, path, sizeBytes);
    if (endBytes < sizeBytes) {
      const cutBytes = sizeBytes - endBytes;
      log.warn({ file: path, offsetBytes: endBytes, cutBytes }, "cut a torn record off the end of the store");
      disk.ftruncateSync(descriptor, endBytes);
    }
    return new FileStore({ path, disk, descriptor, places, endBytes }, maxBytes);
  } catch (error) {
    closeSync(descriptor);
    throw storeFailure(path, "be opened", error);
  }
}

function indexBlocks(descriptor: number, file: string, sizeBytes: number) {
  const places = new Map<string, BlockPlace>();
  let endBytes = storeHeaderBytes;
  for (const scanned of scanRecords(readWindow(descriptor), storeHeaderBytes, sizeBytes)) {
    if (scanned.found === "torn") break;
    if (scanned.found === "damage") {
      throw chainErrors.DEVNET_STORE_DAMAGED({
        file,
        offsetBytes: scanned.offsetBytes,
        problem: scanned.problem,
      });
    }
    const { kind, payload, offsetBytes } = scanned;
    if (isBlockKind(kind)) {
      places.set(hashOfBlockPayload(payload), placeOf(offsetBytes, payload.length));
    }
    endBytes = scanned.endBytes;
  }
  return { places, endBytes };
}

function placeOf(recordOffsetBytes: number, payloadBytes: number): BlockPlace {
  return {
    offsetBytes: recordOffsetBytes + headBytes + blockOffsetBytes,
    lengthBytes: payloadBytes - blockOffsetBytes,
  };
}

interface OpenFile {
  readonly path: string;
  readonly disk: Disk;
  readonly descriptor: number;
  readonly places: Map<string, BlockPlace>;
  readonly endBytes: number;
}

class FileStore implements DevnetStore {
  readonly #file: OpenFile;
  readonly #maxBytes: number;
  readonly #openedBytes: number;
  #sizeBytes: number;
  /** Why nothing more is written; a closed store has one too. */
  #broken: string | undefined;
  #isClosed = false;

  constructor(file: OpenFile, maxBytes: number) {
    this.#file = file;
    this.#maxBytes = maxBytes;
    this.#openedBytes = file.endBytes;
    this.#sizeBytes = file.endBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  records(): Iterable<StoredRecord> {
    this.#refuseClosed("be read");
    const { path, descriptor } = this.#file;
    return recordsBetween(descriptor, path, storeHeaderBytes, this.#openedBytes);
  }

  append(record: StoredRecord): void {
    const { path, places } = this.#file;
    if (this.#broken !== undefined) throw this.#failed("be written", this.#broken);
    const frame = frameOf(record, path);
    if (this.#sizeBytes + frame.length > this.#maxBytes) {
      throw chainErrors.DEVNET_STORE_FULL({
        place: path,
        sizeBytes: this.#sizeBytes,
        neededBytes: frame.length,
        maxBytes: this.#maxBytes,
      });
    }
    this.#write(frame);
    if (record.kind === "block") {
      places.set(record.hash, placeOf(this.#sizeBytes, frame.length - headBytes - tailBytes));
    }
    this.#sizeBytes += frame.length;
  }

  blockBytes(hash: string): Uint8Array {
    this.#refuseClosed("be read");
    const place = this.#file.places.get(hash);
    if (place === undefined) throw chainErrors.DEVNET_BLOCK_UNKNOWN({ hash });
    const bytes = Buffer.alloc(place.lengthBytes);
    let count: number;
    try {
      count = readFully(this.#file.descriptor, bytes, place.offsetBytes);
    } catch (error) {
      throw storeFailure(this.#file.path, "be read", error);
    }
    if (count < bytes.length) throw this.#failed("be read", `it ends inside block ${hash}`);
    return bytes;
  }

  sync(): void {
    if (this.#broken !== undefined) throw this.#failed("be synced", this.#broken);
    try {
      this.#file.disk.fsyncSync(this.#file.descriptor);
    } catch (error) {
      // The kernel may have dropped what it couldn't write: a second sync would succeed and prove nothing.
      this.#broken = `an earlier sync failed: ${errorMessage(error)}`;
      throw storeFailure(this.#file.path, "be synced", error);
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      if (this.#broken === undefined) this.sync();
    } finally {
      this.#broken = "it is closed";
      closeSync(this.#file.descriptor);
    }
  }

  // All of the frame, or the file as it was.
  #write(frame: Buffer): void {
    const { path, disk, descriptor } = this.#file;
    try {
      const foundBytes = fstatSync(descriptor).size;
      if (foundBytes !== this.#sizeBytes) {
        this.#broken = `the file is of ${foundBytes} bytes where this process left ${this.#sizeBytes}`;
        throw this.#failed("be written", this.#broken);
      }
      let done = 0;
      while (done < frame.length) {
        const count = disk.writeSync(descriptor, frame, done, frame.length - done, this.#sizeBytes + done);
        if (count === 0) throw new Error("nothing was written");
        done += count;
      }
    } catch (error) {
      this.#undoWrite();
      throw storeFailure(path, "be written", error);
    }
  }

  #undoWrite(): void {
    if (this.#broken !== undefined) return;
    try {
      this.#file.disk.ftruncateSync(this.#file.descriptor, this.#sizeBytes);
    } catch (error) {
      // The next open cuts it off.
      this.#broken = `a write that failed could not be taken back: ${errorMessage(error)}`;
    }
  }

  #refuseClosed(action: string): void {
    if (this.#isClosed) throw this.#failed(action, "it is closed");
  }

  #failed(action: string, reason: string): Error {
    return chainErrors.DEVNET_STORE_FAILED({ place: this.#file.path, action, reason });
  }
}
