import { access, constants } from "node:fs/promises";
import { dirname } from "node:path";
import type { Config } from "../config.js";
import { errorCode, errorMessage } from "../errors.js";
import type { Sandbox } from "../sandbox/index.js";
import { supervisorErrors } from "../supervisor/index.js";

/**
 * What a host and its modules have to reach before it starts.
 * @throws SANDBOX_PATH_BLOCKED for the modules' user, DATA_DIR_UNUSABLE and SOCKET_DIR_UNUSABLE for the host's own
 */
export async function requireState(
  sandbox: Sandbox,
  { modules: { data_dir: dataDir, socket_dir: socketDir } }: Config,
): Promise<void> {
  await sandbox.requireReach(dataDir, ...(socketDir === undefined ? [] : [socketDir]));
  const reason = await accessProblem(dataDir);
  if (reason !== undefined) throw supervisorErrors.DATA_DIR_UNUSABLE({ dataDir, reason });
  if (socketDir === undefined) return;
  const socketReason = await accessProblem(socketDir);
  if (socketReason !== undefined)
    throw supervisorErrors.SOCKET_DIR_UNUSABLE({ socketDir, reason: socketReason });
}

/** Of the folder, or of the nearest one above it, in which it would be made. */
async function accessProblem(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    if (errorCode(error) !== "ENOENT" || dirname(path) === path) return errorMessage(error);
    return accessProblem(dirname(path));
  }
}
