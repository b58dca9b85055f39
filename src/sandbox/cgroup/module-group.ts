import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode } from "../../errors.js";
import type { CgroupFiles } from "./cgroup-files.js";

/** A group is empty a moment after its last process was killed. */
const REMOVE_ATTEMPTS = 40;
const REMOVE_PAUSE_MS = 25;

/** The control group of one start of a module, with all that the module starts. Whoever made it closes it. */
export class ModuleGroup {
  readonly #files: CgroupFiles;
  readonly #path: string;

  constructor(files: CgroupFiles, path: string) {
    this.#files = files;
    this.#path = path;
  }

  /** A process that writes its pid there is in the group from then on, with all that it starts. */
  get procsPath(): string {
    return join(this.#path, "cgroup.procs");
  }

  /** Processes in it that the kernel killed because the group's memory was used up; 0 where that can't be read. */
  async memoryKills(): Promise<number> {
    const text = await this.#files.read(join(this.#path, "memory.events")).catch(() => "");
    return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
  }

  /** Kills what is left in it and removes it; takes at most a second. Never rejects. Idempotent. */
  async close(): Promise<void> {
    // Kernels before 5.14 have no such file: there the process group was killed, and bubblewrap's namespace with it.
    await this.#files.write(join(this.#path, "cgroup.kill"), "1").catch(() => {});
    for (let attempt = 1; attempt <= REMOVE_ATTEMPTS; attempt++) {
      try {
        await this.#files.removeGroup(this.#path);
        return;
      } catch (error) {
        if (errorCode(error) !== "EBUSY") return;
        await sleep(REMOVE_PAUSE_MS);
      }
    }
  }
}
