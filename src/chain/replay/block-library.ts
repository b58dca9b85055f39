import { errorCode, errorMessage } from "../../errors.js";
import type { Logger } from "../../log.js";
import { chainErrors } from "../errors.js";
import { blockChains, type ChainBlock } from "./block-chains.js";
import { type BlockFile, inspectBlockFile } from "./block-file.js";

const namedProblems = 3;

/**
 * Reads and checks every file once and sorts the blocks into chains. Keeps no block in memory.
 * A file that can't be played is logged with the error's code and details, and left out.
 * Rejects with NO_PLAYABLE_FILE when nothing is left, and early, with the signal's reason, once aborted.
 */
export async function openBlockLibrary(
  files: readonly string[],
  { log, signal }: { log: Pick<Logger, "error">; signal: AbortSignal },
): Promise<readonly (readonly ChainBlock[])[]> {
  const found: BlockFile[] = [];
  const problems: string[] = [];
  const leaveOut = (file: string, error: unknown) => {
    problems.push(`${file}: ${errorMessage(error)}`);
    logSkipped(log, file, error);
  };

  for (const file of files) {
    signal.throwIfAborted();
    try {
      found.push(await inspectBlockFile(file));
    } catch (error) {
      leaveOut(file, error);
    }
  }
  const { chains, withoutHeight } = blockChains(found);
  for (const { file, hash } of withoutHeight) {
    leaveOut(file, chainErrors.BLOCK_HEIGHT_UNKNOWN({ file, hash }));
  }
  if (chains.length === 0) {
    throw chainErrors.NO_PLAYABLE_FILE({ files: files.length, problems: problems.slice(0, namedProblems) });
  }
  return chains;
}

/** Logs that a file isn't played, with the code and the details (such as the offset) of the error. */
export function logSkipped(log: Pick<Logger, "error">, file: string, error: unknown): void {
  const details =
    typeof error === "object" && error !== null && "details" in error ? error.details : undefined;
  log.error({ file, code: errorCode(error), details }, `block file skipped: ${file}: ${errorMessage(error)}`);
}
