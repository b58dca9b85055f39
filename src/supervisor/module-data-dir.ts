import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { errorMessage } from "../errors.js";
import type { Logger } from "../log.js";
import { makePassage, type UserIds } from "../sandbox/index.js";
import { handOver } from "../security/index.js";
import { supervisorErrors } from "./errors.js";

export interface ModuleDataDir {
  readonly moduleName: string;
  readonly dataDir: string;
  /** Whom the module runs as; undefined where that is the host's own user. */
  readonly owner: UserIds | undefined;
}

/**
 * Makes a module's own folder (mode 0700), or takes the one that is there; with an owner, a tree of root's is given to
 * that user, once. What of it stays root's is logged.
 * @throws DATA_DIR_UNUSABLE, DATA_DIR_FOREIGN for a link, a folder of somebody else's, and one that is too large
 */
export async function prepareModuleDataDir(
  { log }: { readonly log: Logger },
  { moduleName, dataDir, owner }: ModuleDataDir,
): Promise<void> {
  try {
    await makePassage(dirname(dataDir));
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw supervisorErrors.DATA_DIR_UNUSABLE({ dataDir, reason: errorMessage(cause) }, { cause });
  }
  if (owner === undefined) return;
  const outcome = await handOver(dataDir, owner);
  const { name: user } = owner;
  if (!outcome.isDone) {
    throw supervisorErrors.DATA_DIR_FOREIGN({ module: moduleName, dataDir, user, reason: outcome.reason });
  }
  const { entries, left } = outcome;
  // A folder that was made just now is one.
  if (entries > 1) log.info({ entries, user }, `the module's data directory belongs to ${user} now`);
  if (left.length === 0) return;
  log.warn(
    { left },
    `these stay root's, so that ${user}, whom the module runs as, may not have the use of them: ` +
      "files with several names, links, pipes and the like aren't given away; chown or remove them",
  );
}
