import type { Stats } from "node:fs";
import { readFile } from "node:fs/promises";
import { errorCode, errorMessage } from "../errors.js";
import { statIn } from "./change-beneath.js";
import { byteNamesIn, folderIn, type Opened, openFolder, openIn } from "./open-beneath.js";

/** A user and a group by number. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface HandOverLimits {
  /** Files and folders, each name counted. */
  readonly maxEntries: number;
  /** Folders in folders. */
  readonly maxDepth: number;
}

/** How it went. */
export type HandedOver =
  | {
      readonly isDone: true;
      /** Files and folders that changed hands, the folder itself included. */
      readonly entries: number;
      /** What stayed root's, by path; the first few. */
      readonly left: readonly string[];
    }
  | { readonly isDone: false; readonly reason: string };

const LIMITS: HandOverLimits = { maxEntries: 100_000, maxDepth: 64 };
const MAX_LEFT = 10;
/** Names that a look takes in at each start of a module. */
const MAX_LOOKED_AT = 100;
const ROOT = 0;

/** Ends the walk with what there is to say. */
class Refusal extends Error {}

/**
 * Gives a folder of root's to another user with all that lies in it; only root may ask for it. The folder itself goes last:
 * one that is the user's was handed over before, and nothing more is done than to look at its own names, so that a walk
 * that was cut short begins anew and one that was finished is never repeated.
 *
 * Everything is reached through open folders and changes hands by its open descriptor. No link is followed and no other
 * file system entered. A file with several names stays root's, for one of them may be somebody's outside; so do links,
 * pipes, sockets, devices and names that are no UTF-8, and where the kernel lets everybody link to everything (fs.protected_hardlinks is 0) what
 * lies in a folder that the user could write to already.
 * Never rejects.
 */
export async function handOver(
  path: string,
  owner: Owner,
  limits: HandOverLimits = LIMITS,
): Promise<HandedOver> {
  try {
    await using folder = await openFolder(path);
    const stats = await folder.handle.stat();
    if (stats.uid === owner.uid) return { isDone: true, entries: 0, left: await namesOfRoot(folder) };
    if (stats.uid !== ROOT) throw new Refusal(`it belongs to user ${stats.uid}`);
    return await new Walk(stats.dev, owner, limits, await areLinksProtected()).giveAll(folder, stats);
  } catch (error) {
    if (error instanceof Refusal) return { isDone: false, reason: error.message };
    if (errorCode(error) === "ENOTDIR" || errorCode(error) === "ELOOP") {
      return { isDone: false, reason: "it is a link or no folder" };
    }
    return { isDone: false, reason: errorMessage(error) };
  }
}

class Walk {
  readonly #device: number;
  readonly #owner: Owner;
  readonly #limits: HandOverLimits;
  readonly #areLinksProtected: boolean;
  readonly #left: string[] = [];
  #seen = 0;
  #entries = 0;

  constructor(device: number, owner: Owner, limits: HandOverLimits, areLinksProtected: boolean) {
    this.#device = device;
    this.#owner = owner;
    this.#limits = limits;
    this.#areLinksProtected = areLinksProtected;
  }

  async giveAll(folder: Opened, stats: Stats): Promise<HandedOver> {
    await this.#giveContents(folder, stats, 0);
    // Whoever owns it must be able to work in it.
    await folder.handle.chmod((stats.mode & 0o7777) | 0o700);
    await this.#give(folder);
    return { isDone: true, entries: this.#entries, left: this.#left };
  }

  async #giveContents(folder: Opened, { uid }: Stats, depth: number): Promise<void> {
    const { maxEntries, maxDepth } = this.#limits;
    if (depth > maxDepth) throw new Refusal(`it has folders deeper than ${maxDepth} levels`);
    const isTrusted = this.#areLinksProtected || uid === ROOT;
    for (const bytes of await byteNamesIn(folder, maxEntries - this.#seen + 1)) {
      this.#seen++;
      if (this.#seen > maxEntries) throw new Refusal(`it holds more than ${maxEntries} files and folders`);
      const name = Buffer.from(bytes, "latin1").toString();
      if (Buffer.from(name).toString("latin1") === bytes)
        await this.#giveEntry(folder, name, depth, isTrusted);
      else this.#leave(`${folder.path}/${name}`);
    }
  }

  async #giveEntry(folder: Opened, name: string, depth: number, isTrusted: boolean): Promise<void> {
    const before = await statIn(folder, name).catch(nothingThere);
    if (before === undefined) return;
    if (before.dev !== this.#device) {
      this.#leave(`${folder.path}/${name}`);
      return;
    }
    if (before.isDirectory()) {
      await using inner = await folderIn(folder, name);
      const stats = await inner.handle.stat();
      if (stats.dev !== this.#device) return this.#leave(inner.path);
      await this.#giveContents(inner, stats, depth + 1);
      if (stats.uid === ROOT) await this.#give(inner);
      return;
    }
    if (before.uid !== ROOT) return;
    if (!before.isFile() || before.nlink > 1 || !isTrusted) return this.#leave(`${folder.path}/${name}`);
    await using file = await openIn(folder, name);
    const stats = await file.handle.stat();
    // It may be another one than a moment ago.
    const isSame = stats.isFile() && stats.uid === ROOT && stats.nlink === 1 && stats.dev === this.#device;
    if (isSame) await this.#give(file);
    else this.#leave(file.path);
  }

  async #give({ handle }: Opened): Promise<void> {
    await handle.chown(this.#owner.uid, this.#owner.gid);
    this.#entries++;
  }

  #leave(path: string): void {
    if (this.#left.length < MAX_LEFT) this.#left.push(path);
  }
}

/** What root left in a folder that is somebody else's by now: a few of its own names. */
async function namesOfRoot(folder: Opened): Promise<string[]> {
  const left: string[] = [];
  for (const name of await byteNamesIn(folder, MAX_LOOKED_AT)) {
    const stats = await statIn(folder, Buffer.from(name, "latin1").toString()).catch(nothingThere);
    if (stats?.uid === ROOT && left.length < MAX_LEFT) left.push(`${folder.path}/${name}`);
  }
  return left;
}

function nothingThere(error: unknown): undefined {
  if (errorCode(error) !== "ENOENT") throw error;
}

async function areLinksProtected(): Promise<boolean> {
  const text = await readFile("/proc/sys/fs/protected_hardlinks", "latin1").catch(() => "");
  return text.trim() === "1";
}
