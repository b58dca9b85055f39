import { errorCode } from "../../errors.js";
import { folderIn, makeFolderIn, type Opened, openFolder, statIn } from "../../security/index.js";
import { fileErrors } from "../errors.js";
import { notRegular, requireNoLink } from "./file-kind.js";
import { fileRefusal, shownPath } from "./file-refusal.js";

/** The deepest folder of a path that exists, open, and the parts below it that don't. It goes with the scope. */
export class Descent implements AsyncDisposable {
  #folder: Opened;
  #missing: readonly string[] = [];

  private constructor(root: Opened) {
    this.#folder = root;
  }

  /**
   * Opens the folders of a path one in the other, as far as they exist. No link is followed, neither one that is there
   * nor one that is put in the place of a folder meanwhile.
   * @throws SYMLINK_REFUSED, NOT_REGULAR, FILE_FAILED
   */
  static async along(root: string, parts: readonly string[]): Promise<Descent> {
    const descent = new Descent(await openRoot(root));
    try {
      await descent.#follow(parts);
      return descent;
    } catch (error) {
      await descent[Symbol.asyncDispose]();
      throw error;
    }
  }

  get folder(): Opened {
    return this.#folder;
  }

  get missing(): readonly string[] {
    return this.#missing;
  }

  /** Makes what is missing and goes there, each folder on the disk before the next; `onMade` is called for each. */
  async makeMissing(path: string, onMade: () => void): Promise<void> {
    for (const name of this.#missing) {
      await makeFolder(this.#folder, name, onMade);
      const made = await openNext(this.#folder, name, path);
      if (made === undefined) throw fileErrors.FILE_NOT_FOUND({ path: shownPath(path) });
      await this.#goTo(made);
    }
    this.#missing = [];
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#folder[Symbol.asyncDispose]();
  }

  async #follow(parts: readonly string[]): Promise<void> {
    for (const [index, part] of parts.entries()) {
      const next = await openNext(this.#folder, part, parts.slice(0, index + 1).join("/"));
      if (next === undefined) {
        this.#missing = parts.slice(index);
        return;
      }
      await this.#goTo(next);
    }
  }

  async #goTo(next: Opened): Promise<void> {
    const left = this.#folder;
    this.#folder = next;
    await left[Symbol.asyncDispose]();
  }
}

/** The way to a folder that must be there. @throws FILE_NOT_FOUND and what {@link Descent.along} throws */
export async function descendTo(root: string, parts: readonly string[]): Promise<Descent> {
  const descent = await Descent.along(root, parts);
  const { length } = descent.missing;
  if (length === 0) return descent;
  await descent[Symbol.asyncDispose]();
  const path = parts.slice(0, parts.length - length + 1).join("/");
  throw fileErrors.FILE_NOT_FOUND({ path: shownPath(path) });
}

async function makeFolder(parent: Opened, name: string, onMade: () => void): Promise<void> {
  try {
    await makeFolderIn(parent, name);
  } catch (error) {
    // Somebody was faster: what it is shows when it is opened.
    if (errorCode(error) === "EEXIST") return;
    throw error;
  }
  onMade();
  await parent.handle.sync();
}

async function openRoot(root: string): Promise<Opened> {
  try {
    return await openFolder(root);
  } catch (cause) {
    const reason = `the module's data directory can't be opened (${errorCode(cause) ?? "unknown"})`;
    throw fileErrors.FILE_FAILED({ path: shownPath(""), reason }, { cause });
  }
}

/** The folder `name` in `parent`; undefined when there is nothing of that name. */
async function openNext(parent: Opened, name: string, path: string): Promise<Opened | undefined> {
  try {
    return await folderIn(parent, name);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw await whyNoFolder(parent, name, path, error);
  }
}

/** What was opened is told by another look: its answer chooses the words only. */
async function whyNoFolder(parent: Opened, name: string, path: string, error: unknown): Promise<unknown> {
  if (errorCode(error) !== "ENOTDIR") return fileRefusal(path, error);
  try {
    const stats = await statIn(parent, name);
    requireNoLink(path, stats);
    if (!stats.isDirectory()) return notRegular(path, stats, "a directory");
  } catch (found) {
    return fileRefusal(path, found);
  }
  return fileErrors.FILE_FAILED(
    { path: shownPath(path), reason: "it changed while it was opened" },
    { retryable: true },
  );
}
