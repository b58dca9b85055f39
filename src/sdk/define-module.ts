import { EMPTY } from "rxjs";
import type { z } from "zod";
import { errorMessage } from "../errors.js";
import type { FlatConfig } from "./config-tree.js";
import { followConfig, type LiveModuleConfig } from "./live-module-config.js";
import type { ConnectOptions } from "./module-client.js";
import { ModuleIntegration } from "./module-integration.js";

export interface ModuleDefinition<Schema extends z.ZodType = z.ZodType<FlatConfig>> {
  /**
   * Reads the module's configuration, at start and at each ConfigLoaded that the module subscribed to. Without it the
   * configuration is flat text and stays as it was at start.
   * @see followConfig
   */
  readonly config?: Schema;
  /** Attaches handlers and subscribes. The module is ready when its first subscribeEvents resolved. */
  readonly setup: (module: ModuleIntegration, config: LiveModuleConfig<z.output<Schema>>) => unknown;
  readonly connect?: ConnectOptions;
}

const EXIT_GRACE_MS = 500;

/**
 * Runs a whole module file: connects, sets up, lives until the host closes the connection or asks it to stop, and ends
 * the process. Exit code 0 after a stop or a host that closed, 1 when it could not connect, its configuration does not
 * fit, its setup failed, or it was cut off.
 */
export function defineModule<Schema extends z.ZodType = z.ZodType<FlatConfig>>(
  definition: ModuleDefinition<Schema>,
): void {
  void run(definition).then(leave, (error: unknown) => {
    process.stderr.write(`${errorMessage(error)}\n`);
    leave(1);
  });
}

async function run<Schema extends z.ZodType>({
  config,
  setup,
  connect,
}: ModuleDefinition<Schema>): Promise<number> {
  const module = await ModuleIntegration.connect(connect);
  process.once("SIGTERM", () => void module.close("the process was asked to end"));
  try {
    await setup(module, liveConfig(module, config));
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

function liveConfig<Schema extends z.ZodType>(
  module: ModuleIntegration,
  schema: Schema | undefined,
): LiveModuleConfig<z.output<Schema>> {
  if (schema !== undefined) return followConfig(module, schema);
  return { current: module.context.config as z.output<Schema>, changes$: EMPTY };
}

/** Lets the last bytes leave, and a module that still holds timers end all the same. */
function leave(code: number): void {
  process.exitCode = code;
  setTimeout(() => process.exit(), EXIT_GRACE_MS).unref();
}
