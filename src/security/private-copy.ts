import { chmod, type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type EngineError, errorMessage } from "../errors.js";
import { securityErrors } from "./errors.js";

/** A file of the copy while it is written. */
export interface CopiedFile {
  /** Appends all of `bytes`. */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes it read-only (mode 0444, or 0555) and closes it. */
  finish(isExecutable: boolean): Promise<void>;
  /** Closes it as it is; nothing after `finish`. */
  close(): Promise<void>;
}

/**
 * The host's own copy of a module's code: a new folder whose files nothing but this object makes.
 * It owns the folder; `remove` is the end of it.
 */
export class PrivateCopy {
  readonly directory: string;
  readonly #module: string;

  private constructor(module: string, directory: string) {
    this.#module = module;
    this.directory = directory;
  }

  /**
   * Makes the folder, which must not exist yet, with the folders above it.
   * @throws CODE_COPY_FAILED, as all its methods do
   */
  static async create(module: string, directory: string): Promise<PrivateCopy> {
    const copy = new PrivateCopy(module, directory);
    await copy.#attempt(() => mkdir(dirname(directory), { recursive: true }));
    await copy.#makeFolder(directory);
    return copy;
  }

  async addFolder(path: string): Promise<void> {
    await this.#makeFolder(join(this.directory, path));
  }

  async addText(path: string, text: string): Promise<void> {
    const file = await this.addFile(path);
    try {
      await file.write(Buffer.from(text));
      await file.finish(false);
    } finally {
      await file.close();
    }
  }

  /** Makes a file at a new path below the folder; the caller finishes or closes it. */
  async addFile(path: string): Promise<CopiedFile> {
    let handle: FileHandle | undefined = await this.#attempt(() =>
      open(join(this.directory, path), "wx", 0o600),
    );
    const close = async () => {
      const closing = handle;
      handle = undefined;
      await closing?.close();
    };
    return {
      write: (bytes) => this.#attempt(() => writeAll(handle, bytes)),
      finish: (isExecutable) =>
        this.#attempt(async () => {
          await handle?.chmod(isExecutable ? 0o555 : 0o444);
          await close();
        }),
      close: () => this.#attempt(close),
    };
  }

  /** Removes the folder with all it holds. Idempotent; never rejects: a folder that stays harms nobody. */
  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true }).catch(() => {});
  }

  async #makeFolder(path: string): Promise<void> {
    await this.#attempt(async () => {
      await mkdir(path);
      // Modules of another user read it too, whatever the host's umask.
      await chmod(path, 0o755);
    });
  }

  async #attempt<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (cause) {
      throw this.#failed(cause);
    }
  }

  #failed(cause: unknown): EngineError {
    const details = { module: this.#module, copyDir: this.directory, reason: errorMessage(cause) };
    return securityErrors.CODE_COPY_FAILED(details, { cause });
  }
}

async function writeAll(handle: FileHandle | undefined, bytes: Uint8Array): Promise<void> {
  if (handle === undefined) throw new Error("the file is closed");
  for (let offset = 0; offset < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, offset);
    offset += bytesWritten;
  }
}
