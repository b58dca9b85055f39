import { basename, dirname, join } from "node:path";
import { errorCode } from "../../errors.js";
import type { CgroupFiles } from "./cgroup-files.js";
import { ModuleGroup } from "./module-group.js";

const CONTROLLERS = "+cpu +memory +pids";
/** Groups of hosts that were killed which one start looks at. */
const MAX_SWEPT = 256;
let openedCount = 0;

/**
 * One control group per start of a module, below the group that the host was handed:
 *
 * ```
 *   delegated ─┬─ blvm-host-PID          the host itself, where it had to make room
 *              └─ blvm-modules-PID-N ─── NAME-1, NAME-2, …
 * ```
 *
 * A group that holds processes can't be divided (EBUSY), which is why the host moves into one of its own; processes of
 * others stay where they are, and then it can't be done. Whoever opens it closes it.
 */
export class ModuleGroups {
  readonly #files: CgroupFiles;
  readonly #path: string;
  #made = 0;

  private constructor(files: CgroupFiles, path: string) {
    this.#files = files;
    this.#path = path;
  }

  /** Divides a delegated group; what hosts left that are gone is removed. Rejects with the errno where that fails. */
  static async open(files: CgroupFiles, delegated: string, pid = process.pid): Promise<ModuleGroups> {
    const ownLeaf = `blvm-host-${pid}`;
    const base = basename(delegated) === ownLeaf ? dirname(delegated) : delegated;
    await sweep(files, base);
    await makeRoom(files, base, join(base, ownLeaf), pid);
    openedCount++;
    const path = join(base, `blvm-modules-${pid}-${openedCount}`);
    await files.makeGroup(path);
    try {
      await files.write(join(path, "cgroup.subtree_control"), CONTROLLERS);
    } catch (error) {
      await files.removeGroup(path).catch(() => {});
      throw error;
    }
    return new ModuleGroups(files, path);
  }

  /** Makes a group with these values. The caller closes it. Rejects with the errno; nothing is left then. */
  async make(
    name: string,
    values: readonly (readonly [file: string, value: string])[],
  ): Promise<ModuleGroup> {
    this.#made++;
    const path = join(this.#path, `${name}-${this.#made}`);
    await this.#files.makeGroup(path);
    const group = new ModuleGroup(this.#files, path);
    try {
      for (const [file, value] of values) await this.#files.write(join(path, file), value);
    } catch (error) {
      await group.close();
      throw error;
    }
    return group;
  }

  /** Removes what it made; the modules have ended by then. Never rejects. Idempotent. */
  async close(): Promise<void> {
    await removeTree(this.#files, this.#path);
  }
}

async function makeRoom(files: CgroupFiles, base: string, leaf: string, pid: number): Promise<void> {
  const enable = () => files.write(join(base, "cgroup.subtree_control"), CONTROLLERS);
  try {
    await enable();
    return;
  } catch (error) {
    if (errorCode(error) !== "EBUSY") throw error;
  }
  await files.makeGroup(leaf).catch((error: unknown) => {
    if (errorCode(error) !== "EEXIST") throw error;
  });
  try {
    await files.write(join(leaf, "cgroup.procs"), String(pid));
    await enable();
  } catch (error) {
    await files.write(join(base, "cgroup.procs"), String(pid)).catch(() => {});
    await files.removeGroup(leaf).catch(() => {});
    throw error;
  }
}

async function sweep(files: CgroupFiles, base: string): Promise<void> {
  const names = await files.list(base).catch(() => []);
  const left = names.filter((name) => {
    const [, pid] = /^blvm-(?:host|modules)-(\d+)(?:-\d+)?$/.exec(name) ?? [];
    return pid !== undefined && !isAlive(Number(pid));
  });
  for (const name of left.slice(0, MAX_SWEPT)) await removeTree(files, join(base, name));
}

/** Groups of modules have no groups below them: a module can't make any. */
async function removeTree(files: CgroupFiles, path: string): Promise<void> {
  const names = await files.list(path).catch(() => []);
  for (const name of names.filter((each) => /-\d+$/.test(each))) {
    await new ModuleGroup(files, join(path, name)).close();
  }
  await files.removeGroup(path).catch(() => {});
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}
