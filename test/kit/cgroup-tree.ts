import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { CgroupFiles } from "../../src/sandbox/cgroup/cgroup-files.js";
import { tempDir } from "./process-temp-dir.js";

const files = {
  "cgroup.procs": "",
  "cgroup.subtree_control": "",
  "cgroup.controllers": "cpu memory pids",
  "cgroup.kill": "",
  "memory.events": "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n",
};

/**
 * Control groups in a temporary folder, with those rules of the kernel that the host meets: a group with processes
 * can't be divided, one with processes or groups can't be removed, and a process is in one group at a time.
 */
export interface CgroupTree extends AsyncDisposable {
  /** The group that is delegated to this process, which is in it. */
  readonly path: string;
  readonly files: CgroupFiles;
  /** Every write in order: path below the tree, and text. */
  readonly writes: readonly string[];
  /** Processes of a group. */
  members(path: string): Promise<string[]>;
  /** Lets the next calls on paths that end so fail with an errno; how often. */
  fail(ending: string, code: string, times?: number): void;
}

export async function cgroupTree({ others = [] as readonly number[] } = {}): Promise<CgroupTree> {
  const dir = await tempDir();
  const path = join(dir.path, "host.service");
  const writes: string[] = [];
  const failures = new Map<string, { code: string; times: number }>();
  const check = (target: string) => {
    for (const [ending, failure] of failures) {
      if (!target.endsWith(ending) || failure.times === 0) continue;
      failure.times--;
      throw errno(failure.code, target);
    }
  };
  const members = async (group: string) =>
    (await readFile(join(group, "cgroup.procs"), "utf8")).split("\n").filter((pid) => pid !== "");
  const make = async (group: string) => {
    await mkdir(group);
    for (const [name, text] of Object.entries(files)) await writeFile(join(group, name), text);
  };
  const groups = async (group: string) =>
    (await readdir(group, { withFileTypes: true })).filter((entry) => entry.isDirectory());

  async function move(pid: string, target: string, group = path): Promise<void> {
    const left = (await members(group)).filter((each) => each !== pid);
    await writeFile(join(group, "cgroup.procs"), left.map((each) => `${each}\n`).join(""));
    for (const { name } of await groups(group)) await move(pid, target, join(group, name));
    if (group === path) await writeFile(target, `${pid}\n`, { flag: "a" });
  }

  const tree: CgroupFiles = {
    read: (target) => readFile(target, "utf8"),
    async write(target, text) {
      check(target);
      writes.push(`${target.slice(path.length + 1)} ${text}`);
      const group = dirname(target);
      if (!existsSync(group)) throw errno("ENOENT", target);
      switch (basename(target)) {
        case "cgroup.subtree_control":
          if ((await members(group)).length > 0) throw errno("EBUSY", target);
          await writeFile(target, text);
          return;
        case "cgroup.procs":
          await move(text, target);
          return;
        case "cgroup.kill":
          await writeFile(join(group, "cgroup.procs"), "");
          return;
        default:
          await writeFile(target, text);
      }
    },
    requireWritable: async (target) => check(target),
    async makeGroup(target) {
      check(target);
      if (existsSync(target)) throw errno("EEXIST", target);
      await make(target);
    },
    list: (target) => readdir(target),
    async removeGroup(target) {
      check(target);
      if (!existsSync(target)) throw errno("ENOENT", target);
      if ((await members(target)).length > 0 || (await groups(target)).length > 0)
        throw errno("EBUSY", target);
      await rm(target, { recursive: true });
    },
  };
  await make(path);
  for (const pid of [process.pid, ...others]) await move(String(pid), join(path, "cgroup.procs"));
  return {
    path,
    files: tree,
    writes,
    members,
    fail: (ending, code, times = Number.POSITIVE_INFINITY) => failures.set(ending, { code, times }),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

function errno(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: it was made to fail, '${path}'`), { code });
}
