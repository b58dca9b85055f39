import { deadline, monotonicScheduler } from "../../clock.js";
import { hasDescriptorPaths } from "../../security/index.js";
import type { NodeApiDependencies } from "../dependencies.js";
import { type ReadFreeSpace, readFreeSpace } from "../disk-reserve.js";
import { fileErrors } from "../errors.js";
import { shownPath } from "./file-refusal.js";
import { ModuleFiles } from "./module-files.js";

/** Modules whose use is remembered; beyond that those that ask for nothing at the moment are forgotten. */
const MAX_MODULES = 256;
/** A disk that answers no more must not keep the host from closing. */
const CLOSE_LIMIT_MS = 5000;

export interface FileServiceOptions {
  readonly readFreeSpace?: ReadFreeSpace;
  /** Whether open folders can be reached by their descriptors, which no check of a path can replace. */
  readonly hasDescriptorPaths?: boolean;
}

/** The files of all modules, each below its own data directory. */
export class FileService {
  readonly #deps: Pick<NodeApiDependencies, "dataDirOf" | "limitsOf" | "scheduler">;
  readonly #options: FileServiceOptions;
  readonly #modules = new Map<string, ModuleFiles>();

  constructor(
    deps: Pick<NodeApiDependencies, "dataDirOf" | "limitsOf" | "scheduler">,
    options: FileServiceOptions = {},
  ) {
    this.#deps = deps;
    this.#options = options;
  }

  /** The files of one module. @throws FILE_FAILED in a host or on a system that can't serve them */
  of(moduleName: string): ModuleFiles {
    const known = this.#modules.get(moduleName);
    if (known !== undefined) return known;
    const root = this.#deps.dataDirOf(moduleName);
    if (root === undefined) throw unserved("this node keeps no data directories");
    if (!(this.#options.hasDescriptorPaths ?? hasDescriptorPaths)) {
      throw unserved("files are served where the system has /proc/self/fd, that is on Linux");
    }
    this.#forgetIdle();
    const files = new ModuleFiles({
      root,
      limits: () => this.#deps.limitsOf(moduleName),
      readFreeSpace: this.#options.readFreeSpace ?? readFreeSpace,
      scheduler: this.#deps.scheduler ?? monotonicScheduler,
    });
    this.#modules.set(moduleName, files);
    return files;
  }

  /** Ends what waits; resolves when the last descriptor is closed, or after five seconds. Idempotent. */
  close(): Promise<void> {
    const closing = Promise.all([...this.#modules.values()].map((files) => files.close()));
    return new Promise((resolve) => {
      const limit = deadline(this.#deps.scheduler ?? monotonicScheduler, CLOSE_LIMIT_MS, resolve);
      void closing.then(() => {
        limit.unsubscribe();
        resolve();
      });
    });
  }

  #forgetIdle(): void {
    if (this.#modules.size < MAX_MODULES) return;
    for (const [name, files] of this.#modules) if (files.isIdle) this.#modules.delete(name);
  }
}

function unserved(reason: string) {
  return fileErrors.FILE_FAILED({ path: shownPath(""), reason });
}
