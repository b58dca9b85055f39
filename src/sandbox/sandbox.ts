import { closeSync, openSync } from "node:fs";
import { chmod, mkdir, rm } from "node:fs/promises";
import type { SchedulerLike } from "rxjs";
import { monotonicScheduler } from "../clock.js";
import type { Logger } from "../log.js";
import { proveLayers } from "./canary/prove-layers.js";
import { sandboxErrors } from "./errors.js";
import { findProgram } from "./find-program.js";
import {
  type ActiveLayers,
  commandLine,
  FILTER_DESCRIPTOR,
  INFO_DESCRIPTOR,
  isNested,
  seenPaths,
} from "./launch-command.js";
import type { LaunchRequest, LaunchWords, SandboxedCommand, SeenPaths } from "./launch-request.js";
import type { LayerId } from "./layer.js";
import { offReport, provenReport } from "./layer-report.js";
import { librariesOf } from "./libraries.js";
import type { Machine, UserIds } from "./machine.js";
import { offeredLayers } from "./offered-layers.js";
import { type SandboxMode, type SandboxOptions, sandboxOptions } from "./options.js";
import { probeMachine } from "./probe-machine.js";
import type { SandboxReport } from "./report.js";
import { requireOtherUser } from "./require-other-user.js";
import { filterFile } from "./seccomp/filter-file.js";
import { policyOf } from "./seccomp/policy.js";
import { findUser } from "./user-ids.js";

export interface SandboxSettings extends Partial<SandboxOptions> {
  readonly mode: SandboxMode;
  /** A folder of this host alone; made, and removed at close. Needed in every mode but `off`. */
  readonly privateDir?: string | undefined;
  /** The runtime for JavaScript entry points. Default: the host's own. */
  readonly nodePath?: string;
  /** Where programs are looked for first. Default: PATH. */
  readonly searchPath?: string | undefined;
  /** Time that one canary may take, milliseconds. Default: 5000. */
  readonly canaryDeadlineMs?: number | undefined;
  /** For machines that are not this one. Default: this one's. */
  readonly platform?: NodeJS.Platform;
  /** Layers that are not made although they could be: what they deny is seen to succeed then. Default: none. */
  readonly without?: readonly LayerId[];
}

interface OpenSettings extends SandboxOptions {
  readonly privateDir: string;
}

/**
 * What modules are started in. Opened once per host: it finds out what the machine offers, proves it with a canary, and
 * from then on turns launch requests into commands. Whoever opens it closes it.
 */
export class Sandbox {
  readonly mode: SandboxMode;
  readonly report: SandboxReport;
  readonly #settings: OpenSettings;
  readonly #machine: Machine;
  readonly #active: ActiveLayers;
  readonly #wrapperNeeds: readonly string[];

  private constructor(
    settings: OpenSettings,
    machine: Machine,
    found: {
      readonly active: ActiveLayers;
      readonly wrapperNeeds: readonly string[];
      readonly report: SandboxReport;
    },
  ) {
    this.mode = settings.mode;
    this.report = found.report;
    this.#settings = settings;
    this.#machine = machine;
    this.#active = found.active;
    this.#wrapperNeeds = found.wrapperNeeds;
  }

  /**
   * Takes some 150 ms; at most some 30 s on a machine whose programs hang. The private folder can be passed through, but
   * not read, by the modules' user.
   * @throws SANDBOX_NEEDS_USER when the host is root and a canary could not be started as anybody else
   */
  static async open(
    { log, scheduler = monotonicScheduler }: { readonly log: Logger; readonly scheduler?: SchedulerLike },
    settings: SandboxSettings,
  ): Promise<Sandbox> {
    const { mode, privateDir = "" } = settings;
    const isRoot = process.getuid?.() === 0;
    const options = sandboxOptions.parse({
      mode,
      user: settings.user,
      tmp_bytes: settings.tmp_bytes,
      shm_bytes: settings.shm_bytes,
    });
    const opened = { ...options, privateDir };
    const user = isRoot && mode !== "off" ? await findUser(options.user) : undefined;
    const machine = await probeMachine({
      nodePath: settings.nodePath ?? process.execPath,
      user,
      searchPath: settings.searchPath,
      platform: settings.platform,
    });
    if (mode === "off") {
      return new Sandbox(opened, machine, {
        active: new Set(),
        wrapperNeeds: [],
        report: offReport(machine),
      });
    }
    if (isRoot && user === undefined) {
      throw sandboxErrors.SANDBOX_NEEDS_USER({ reason: `there is no user ${options.user} but root` });
    }
    await mkdir(privateDir, { recursive: true, mode: 0o700 });
    if (user !== undefined) await chmod(privateDir, 0o711);
    const { tools } = machine;
    const wrapperNeeds =
      tools.prlimit === undefined ? [] : [tools.prlimit, ...(await librariesOf(tools.ldd, tools.prlimit))];
    const proof = await proveLayers(
      scheduler,
      { machine, active: offeredLayers(machine, settings.without) },
      {
        privateDir,
        sizes: { tmpBytes: options.tmp_bytes, shmBytes: options.shm_bytes },
        canaryDeadlineMs: settings.canaryDeadlineMs,
        launcher: (variant) => {
          const report = offReport(variant.machine);
          const trial = new Sandbox(opened, variant.machine, { ...variant, wrapperNeeds, report });
          return (request, wordsOf) => trial.launch(request, wordsOf);
        },
      },
    );
    if (isRoot) requireOtherUser(proof);
    log.debug({ layers: [...proof.active] }, "layers of the sandbox");
    const report = provenReport(mode, proof);
    return new Sandbox(opened, proof.machine, { active: proof.active, wrapperNeeds, report });
  }

  /** Whom modules run as when that is not the host's own user: the data directories are that user's then. */
  get owner(): UserIds | undefined {
    return this.#machine.user;
  }

  /** Sizes of the folders in memory that each module has for itself. */
  get sizes(): Pick<SandboxOptions, "tmp_bytes" | "shm_bytes"> {
    return this.#settings;
  }

  /** @throws SANDBOX_INCOMPLETE when `mode` is strict and a layer is missing */
  admit(moduleName: string, mode: SandboxMode): void {
    if (mode !== "strict") return;
    const missing = this.report.layers.filter(({ status }) => status !== "enforced");
    if (missing.length === 0) return;
    throw sandboxErrors.SANDBOX_INCOMPLETE({
      module: moduleName,
      missing: missing.map(({ number, id, reason }) => `L${number} ${id} (${reason ?? "unknown"})`),
    });
  }

  /**
   * Makes the command that starts a module. The caller closes it when the process was started, or couldn't be.
   * @param wordsOf says what the module is told, from the paths as it sees them
   * @throws SANDBOX_PATH_BLOCKED, SANDBOX_BAD_PROGRAM
   */
  async launch(request: LaunchRequest, wordsOf: (seen: SeenPaths) => LaunchWords): Promise<SandboxedCommand> {
    const machine = this.#machine;
    const active = this.#active;
    const seen = seenPaths(active, request);
    const words = wordsOf(seen);
    const program = await findProgram(machine, {
      entryPath: request.entryPath,
      seenPath: seen.entryPath,
      memoryBytes: active.has("limits") ? request.limits.memoryBytes : undefined,
      isHidden: active.has("filesystem"),
    });
    const needs = [...program.needs, ...this.#wrapperNeeds];
    const line = commandLine(machine, active, request, program, needs);
    const [command = "", ...args] = [...line, ...words.args];
    const filter = active.has("kernel")
      ? openSync(await filterFile(this.#settings.privateDir, machine.arch, policyOf(request.grants)), "r")
      : undefined;
    let isClosed = false;
    return {
      command,
      args,
      environment: words.environment,
      workingDir: request.dataDir,
      descriptors: new Map(filter === undefined ? [] : [[FILTER_DESCRIPTOR, filter]]),
      infoDescriptor: isNested(active) ? INFO_DESCRIPTOR : undefined,
      close() {
        if (!isClosed && filter !== undefined) closeSync(filter);
        isClosed = true;
      },
    };
  }

  /** Removes what it made. Idempotent; never rejects. */
  async close(): Promise<void> {
    if (this.mode === "off") return;
    await rm(this.#settings.privateDir, { recursive: true, force: true }).catch(() => {});
  }
}
