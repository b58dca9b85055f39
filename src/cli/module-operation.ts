import { deadline, monotonicScheduler } from "../clock.js";
import { connectHost, type HostOptions } from "./host-options.js";
import { type Output, print } from "./output.js";

/** One thing that a host does with a module, and the words for it. */
export interface ModuleOperation {
  /** The method of the control door. */
  readonly method: "loadmodule" | "unloadmodule" | "reloadmodule";
  /** As in "is still loading". */
  readonly doing: string;
  /** As in "Module x loaded". */
  readonly done: string;
}

/** Longer than the host's own deadlines, which decide: a start may be given ten minutes, and a reload has two. */
const OPERATION_TIMEOUT_MS = 1_800_000;
const PATIENCE_MS = 1_000;

/**
 * Asks the running host for the operation and prints that it is done; a line on stderr when it takes more than a second.
 * @throws HOST_NOT_RUNNING, and what the host refuses with
 */
export async function runModuleOperation(
  { method, doing, done }: ModuleOperation,
  name: string,
  options: HostOptions,
  output: Output,
): Promise<void> {
  using client = await connectHost(options);
  const progress = deadline(monotonicScheduler, PATIENCE_MS, () => {
    output.stderr.write(`blvm-streams: ${name} is still ${doing}; the host goes on with it if you leave\n`);
  });
  try {
    await client.call(method, { name }, { timeoutMs: OPERATION_TIMEOUT_MS });
  } finally {
    progress.unsubscribe();
  }
  await print(output, `Module ${name} ${done}\n`);
}
