import { join } from "node:path";
import { type Config, placeInConfig } from "../config.js";
import { EngineError, errorCode } from "../errors.js";
import type { Logger } from "../log.js";
import {
  lackingLayers,
  layerText,
  reportText,
  Sandbox,
  type SandboxReport,
  sandboxErrors,
} from "../sandbox/index.js";

/** No module can be called so: names begin with a letter or digit. */
const PRIVATE_FOLDER = ".sandbox";

/** Opens what the host's modules are started in, tells the log which layers hold, and lends the report to all who ask. */
export class HostSandbox {
  readonly #log: Logger;
  readonly #config: Config;
  #sandbox: Sandbox | undefined;

  constructor({ log }: { readonly log: Logger }, config: Config) {
    this.#log = log;
    this.#config = config;
  }

  /** Once, when the host starts; the sandbox is the caller's. @throws SANDBOX_NEEDS_USER with the place of sandbox.user */
  async open(): Promise<Sandbox> {
    const { sandbox: options, modules } = this.#config;
    const privateDir = join(modules.data_dir, PRIVATE_FOLDER);
    try {
      this.#sandbox = await Sandbox.open({ log: this.#log }, { ...options, privateDir });
    } catch (error) {
      throw withPlace(error, placeInConfig(this.#config, ["sandbox", "user"]));
    }
    tellOfSandbox(this.#log, this.#sandbox);
    return this.#sandbox;
  }

  /** Undefined until it is open. */
  get report(): SandboxReport | undefined {
    return this.#sandbox?.report;
  }

  /** For the doors, which are opened after it. */
  requireReport(): SandboxReport {
    if (this.report === undefined) throw new TypeError("the sandbox is opened before any door");
    return this.report;
  }
}

/** Logs each layer that can't be relied on, with what follows and what to do, then all in one line. */
function tellOfSandbox(log: Logger, { report, machine }: Sandbox): void {
  const isRoot = machine.hostUid === 0;
  if (report.mode === "off") {
    log.warn(
      { mode: report.mode },
      `THE SANDBOX IS OFF: modules run with all the rights of this host${isRoot ? ", which is root" : ""}: ` +
        'they can read, change and end whatever it can; set sandbox.mode to "auto"',
    );
    if (isRoot) log.warn({}, "the host runs as root and so do its modules: start it as an unprivileged user");
  } else {
    for (const layer of lackingLayers(report)) {
      const { id, status, mechanism, reason, consequence, remedy } = layer;
      log.warn({ layer: id, status, mechanism, reason, consequence, remedy }, `sandbox: ${layerText(layer)}`);
    }
    log.info({ mode: report.mode, user: report.user }, reportText(report));
  }
  if (machine.platform === "linux" && machine.tools.setpriv === undefined)
    log.warn({}, "setpriv of util-linux is missing: a module that spins outlives a host that is killed");
}

/** Who set the user finds the place where it was set. */
function withPlace(error: unknown, place: string): unknown {
  if (!(error instanceof EngineError) || errorCode(error) !== "SANDBOX_NEEDS_USER") return error;
  const { reason } = error.details as { readonly reason: string };
  return sandboxErrors.SANDBOX_NEEDS_USER({ reason: `${reason}; sandbox.user: ${place}` }, { cause: error });
}
