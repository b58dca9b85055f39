import { errorMessage } from "../errors.js";
import type { ConnectOptions } from "./module-client.js";
import { ModuleIntegration } from "./module-integration.js";

export interface ModuleDefinition {
  /** Attaches handlers and subscribes. The module is ready when its first subscribeEvents resolved. */
  readonly setup: (module: ModuleIntegration) => unknown;
  readonly connect?: ConnectOptions;
}

const EXIT_GRACE_MS = 500;

/**
 * Runs a whole module file: connects, sets up, lives until the host closes the connection or asks it to stop, and ends
 * the process. Exit code 0 after a stop or a host that closed, 1 when it could not connect, set up, or was cut off.
 */
export function defineModule(definition: ModuleDefinition): void {
  void run(definition).then(leave, (error: unknown) => {
    process.stderr.write(`${errorMessage(error)}\n`);
    leave(1);
  });
}

async function run({ setup, connect }: ModuleDefinition): Promise<number> {
  const module = await ModuleIntegration.connect(connect);
  process.once("SIGTERM", () => void module.close("the process was asked to end"));
  try {
    await setup(module);
  } catch (error) {
    module.log.error("setup failed", { error });
    await module.close("setup failed");
    throw error;
  }
  const end = await module.closed;
  if (end.error === undefined) return 0;
  process.stderr.write(`${end.reason}: ${end.error.message}\n`);
  return 1;
}

/** Lets the last bytes leave, and a module that still holds timers end all the same. */
function leave(code: number): void {
  process.exitCode = code;
  setTimeout(() => process.exit(), EXIT_GRACE_MS).unref();
}
