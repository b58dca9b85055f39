import { createHash, randomBytes } from "node:crypto";
import { link, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { errorCode, errorMessage } from "../errors.js";
import { makePassage } from "../sandbox/index.js";
import { supervisorErrors } from "./errors.js";
import { isAlive, ownIdentity, type ProcessIdentity } from "./process-identity.js";

const lockName = "host.lock";
const maxAttempts = 100;

const lockContent = z.object({
  pid: z.int().positive(),
  startTicks: z.string().nullable(),
  bootId: z.string().nullable(),
});

/** The right to be the only host of a data directory, as long as this process lives. */
export interface DataDirLock extends AsyncDisposable {
  readonly lockFile: string;
  /** Lets the next host in. Idempotent. */
  release(): Promise<void>;
}

/** One link of the chain of claims: who wrote the file, and the key under which a successor signs up. */
interface Claim {
  readonly key: string;
  readonly owner: ProcessIdentity | undefined;
}

/**
 * Takes the lock `host.lock` of a data directory, which is created where missing (mode 0700; as root 0711, for modules
 * are another user's then). A lock whose owner is
 * dead (also when its number was given to another process) is taken over; a stopped owner is alive.
 * Of any number of hosts that start at the same moment exactly one gets it.
 *
 * A dead owner's lock is replaced by compare-and-swap: whoever links `host.lock.after-<hash of the lock>`
 * is its one successor, and renames that file over the lock. A successor that dies before the rename has
 * a successor of its own, found by following the chain. Hosts on other machines or in other pid
 * namespaces are not seen.
 * @throws DATA_DIR_IN_USE, DATA_DIR_UNUSABLE
 */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  const lockFile = join(dataDir, lockName);
  try {
    await makePassage(dataDir);
    const content = JSON.stringify({ ...(await ownIdentity()), nonce: randomBytes(16).toString("hex") });
    const ownFile = `${lockFile}.new-${randomBytes(8).toString("hex")}`;
    try {
      await writeDurably(ownFile, content);
      await acquire(dataDir, lockFile, ownFile);
    } finally {
      // What can't be removed is in nobody's way, and the next host's to remove.
      await rm(ownFile, { force: true }).catch(() => {});
    }
    await removeLeftovers(dataDir).catch(() => {});
    return heldLock(dataDir, lockFile, content);
  } catch (error) {
    if (errorCode(error) === "DATA_DIR_IN_USE" || errorCode(error) === "DATA_DIR_UNUSABLE") throw error;
    throw supervisorErrors.DATA_DIR_UNUSABLE({ dataDir, reason: errorMessage(error) }, { cause: error });
  }
}

async function acquire(dataDir: string, lockFile: string, ownFile: string): Promise<void> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    if (await linkIfFree(ownFile, lockFile)) return;
    const chain = await readChain(lockFile);
    const last = chain.at(-1);
    if (last === undefined) continue;
    if (last.owner !== undefined && (await isAlive(last.owner))) {
      throw supervisorErrors.DATA_DIR_IN_USE({ dataDir, pid: last.owner.pid, lockFile });
    }
    const successorFile = `${lockFile}.after-${last.key}`;
    if (!(await linkIfFree(ownFile, successorFile))) continue;
    try {
      // The chain may have been swapped away since it was read; then this succession is worth nothing.
      const [inherited, own] = splitLast(await readChain(lockFile));
      if (own !== undefined && keysOf(inherited) === keysOf(chain))
        return await rename(successorFile, lockFile);
    } catch (error) {
      await rm(successorFile, { force: true }).catch(() => {});
      throw error;
    }
    await rm(successorFile, { force: true });
  }
  throw supervisorErrors.DATA_DIR_UNUSABLE({ dataDir, reason: "its lock kept changing hands" });
}

async function readChain(lockFile: string): Promise<Claim[]> {
  const chain: Claim[] = [];
  for (let path = lockFile; ; ) {
    const content = await readIfPresent(path);
    if (content === undefined) return chain;
    const key = createHash("sha256").update(content).digest("hex").slice(0, 32);
    if (chain.some((claim) => claim.key === key)) return chain;
    chain.push({ key, owner: parseOwner(content) });
    path = `${lockFile}.after-${key}`;
  }
}

function splitLast(chain: readonly Claim[]): [readonly Claim[], Claim | undefined] {
  return [chain.slice(0, -1), chain.at(-1)];
}

function keysOf(chain: readonly Claim[]): string {
  return chain.map(({ key }) => key).join();
}

// A lock that can't be read was torn by a power cut: its owner is as dead as the machine was.
function parseOwner(content: string): ProcessIdentity | undefined {
  try {
    return lockContent.parse(JSON.parse(content));
  } catch {
    return undefined;
  }
}

function heldLock(dataDir: string, lockFile: string, content: string): DataDirLock {
  let released: Promise<void> | undefined;
  const release = async () => {
    try {
      // An operator may have deleted the file and let another host in.
      if ((await readIfPresent(lockFile)) === content) await rm(lockFile, { force: true });
    } catch (cause) {
      const reason = `its lock can't be removed: ${errorMessage(cause)}`;
      throw supervisorErrors.DATA_DIR_UNUSABLE({ dataDir, reason }, { cause });
    }
  };
  return {
    lockFile,
    release() {
      released ??= release();
      return released;
    },
    [Symbol.asyncDispose]() {
      return this.release();
    },
  };
}

/** Removes what hosts that were killed half-way left; living ones remove their own. */
async function removeLeftovers(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (!name.startsWith(`${lockName}.`)) continue;
    const path = join(dataDir, name);
    const owner = parseOwner((await readIfPresent(path)) ?? "");
    // No owner: another host may be writing it this moment.
    if (owner !== undefined && !(await isAlive(owner))) await rm(path, { force: true });
  }
}

async function linkIfFree(existing: string, path: string): Promise<boolean> {
  try {
    await link(existing, path);
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function writeDurably(path: string, content: string): Promise<void> {
  await using file = await open(path, "wx", 0o600);
  await file.writeFile(content);
  await file.sync();
}
