import { openSync } from "node:fs";
import { chmod, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { SchedulerLike } from "rxjs";
import { monotonicScheduler } from "../clock.js";
import { EngineError, errorCode, errorMessage } from "../errors.js";
import type { Logger } from "../log.js";
import { proveLayers } from "./canary/prove-layers.js";
import { kernelCgroupFiles } from "./cgroup/cgroup-files.js";
import { divideCgroup } from "./cgroup/divide-cgroup.js";
import { joinGroupArgs } from "./cgroup/join-group.js";
import type { ModuleGroup } from "./cgroup/module-group.js";
import type { ModuleGroups } from "./cgroup/module-groups.js";
import { closeQuietly } from "./close-quietly.js";
import { sandboxErrors } from "./errors.js";
import { ProgramFinder } from "./find-program.js";
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
import { totalsValues } from "./layers/totals.js";
import type { Machine, UserIds } from "./machine.js";
import { offeredLayers } from "./offered-layers.js";
import { type SandboxMode, type SandboxOptions, sandboxOptions } from "./options.js";
import { makePassage, passageMode } from "./passage.js";
import { probeMachine, probeWithoutLayers } from "./probe-machine.js";
import { plainProgram } from "./program.js";
import { requireReach } from "./reach.js";
import type { SandboxReport } from "./report.js";
import { requireOtherUser } from "./require-other-user.js";
import { reachableRuntime } from "./runtime.js";
import { filterFile } from "./seccomp/filter-file.js";
import { policyOf } from "./seccomp/policy.js";
import { strayDescriptors } from "./stray-descriptors.js";
import { requireUser } from "./user-ids.js";
import { unmetLayers } from "./verdict.js";

export interface SandboxSettings extends Partial<SandboxOptions> {
  readonly mode: SandboxMode;
  /**
   * A folder of this host alone; made, and removed at close. Needed in every mode but `off`. The user whom modules run as
   * may pass through it where the host is root.
   */
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

interface SandboxDeps {
  readonly log: Logger;
  readonly scheduler?: SchedulerLike;
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
  readonly #programs: ProgramFinder;
  readonly #active: ActiveLayers;
  readonly #wrapperNeeds: readonly string[];
  readonly #groups: ModuleGroups | undefined;

  private constructor(
    settings: OpenSettings,
    machine: Machine,
    found: {
      readonly active: ActiveLayers;
      readonly wrapperNeeds: readonly string[];
      readonly report: SandboxReport;
      readonly groups?: ModuleGroups | undefined;
    },
  ) {
    this.mode = settings.mode;
    this.report = found.report;
    this.#settings = settings;
    this.#machine = machine;
    this.#programs = new ProgramFinder(machine);
    this.#active = found.active;
    this.#wrapperNeeds = found.wrapperNeeds;
    this.#groups = found.groups;
  }

  /**
   * Takes some 150 ms; at most some 40 s on a machine whose programs hang. The private folder can be passed through, but
   * not read, by the modules' user.
   * When it rejects, its folder and its groups are gone.
   * @throws SANDBOX_NEEDS_USER when the host is root and a canary could not be started as anybody else;
   * SANDBOX_PATH_BLOCKED, SANDBOX_UNUSABLE
   */
  static async open(deps: SandboxDeps, settings: SandboxSettings): Promise<Sandbox> {
    const undo: (() => Promise<void> | undefined)[] = [];
    try {
      return await Sandbox.#open(deps, settings, undo);
    } catch (cause) {
      for (const step of undo.reverse()) await step();
      throw unusable(cause);
    }
  }

  static async #open(
    { log, scheduler = monotonicScheduler }: SandboxDeps,
    settings: SandboxSettings,
    undo: (() => Promise<void> | undefined)[],
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
    const { nodePath: givenNodePath = process.execPath, searchPath, platform } = settings;
    const place = { nodePath: givenNodePath, searchPath, platform };
    if (mode === "off") {
      const probed = await probeWithoutLayers(place);
      return new Sandbox(opened, probed, {
        active: new Set(),
        wrapperNeeds: [],
        report: offReport(probed),
      });
    }
    const user = isRoot ? await requireUser(options.user) : undefined;
    const probed = await probeMachine({ ...place, user });
    if (user !== undefined) await requireReach(dirname(privateDir), user);
    await makePassage(privateDir);
    undo.push(() => removeFolder(privateDir));
    // Who made it before, with another mode, was a host that was killed, or whoever lends it.
    await chmod(privateDir, passageMode());
    const nodePath = await reachableRuntime(probed.nodePath, { user, privateDir });
    const divided = await divideCgroup(probed.cgroup, probed.tools.sh, kernelCgroupFiles);
    undo.push(() => divided?.groups?.close());
    const machine = { ...probed, nodePath, cgroup: divided?.finding ?? probed.cgroup };
    const { tools } = machine;
    const finder = new ProgramFinder(machine);
    const wrappers = [tools.prlimit, tools.env].filter((path) => path !== undefined);
    const wrapperNeeds = (await Promise.all(wrappers.map((path) => finder.needsOf(path)))).flat();
    const proof = await proveLayers(
      scheduler,
      { machine, active: offeredLayers(machine, settings.without) },
      {
        privateDir,
        sizes: { tmpBytes: options.tmp_bytes, shmBytes: options.shm_bytes },
        canaryDeadlineMs: settings.canaryDeadlineMs,
        onLate: (reason) => log.warn({ reason }, "the sandbox's canary came too late and tries once more"),
        launcher: (variant) => {
          const report = offReport(variant.machine);
          const trial = new Sandbox(opened, variant.machine, { ...variant, wrapperNeeds, report });
          return (request, wordsOf) => trial.#launch(request, wordsOf);
        },
      },
    );
    if (isRoot) requireOtherUser(proof);
    log.debug({ layers: [...proof.active] }, "layers of the sandbox");
    return new Sandbox(opened, proof.machine, {
      active: proof.active,
      wrapperNeeds,
      report: provenReport(mode, proof),
      groups: divided?.groups,
    });
  }

  /** Whom modules run as when that is not the host's own user: the data directories are that user's then. */
  get owner(): UserIds | undefined {
    return this.#machine.user;
  }

  /** What was found on this machine. */
  get machine(): Machine {
    return this.#machine;
  }

  /** Whether {@link owner} can get to a path of the host. @throws SANDBOX_PATH_BLOCKED with the folder that is in the way */
  async requireReach(...paths: readonly string[]): Promise<void> {
    const { user } = this.#machine;
    if (user === undefined) return;
    for (const path of paths) await requireReach(path, user);
  }

  /** Sizes of the folders in memory that each module has for itself. */
  get sizes(): Pick<SandboxOptions, "tmp_bytes" | "shm_bytes"> {
    return this.#settings;
  }

  /** @throws SANDBOX_INCOMPLETE when `mode` is strict and a layer is missing */
  admit(moduleName: string, mode: SandboxMode): void {
    if (mode !== "strict") return;
    const missing = unmetLayers(this.report, mode);
    if (missing.length === 0) return;
    throw sandboxErrors.SANDBOX_INCOMPLETE({
      module: moduleName,
      laxer:
        this.mode === "strict" ? "set sandbox.mode to auto" : `remove modules.${moduleName}.sandbox.mode`,
      missing: missing.map(({ number, id, reason }) => `L${number} ${id} (${reason ?? "unknown"})`),
    });
  }

  /**
   * Makes the command that starts a module. The caller closes it when the process was started, or couldn't be.
   * @param wordsOf says what the module is told, from the paths as it sees them
   * @throws SANDBOX_PATH_BLOCKED, SANDBOX_BAD_PROGRAM, SANDBOX_UNUSABLE; nothing is left open then
   */
  async launch(request: LaunchRequest, wordsOf: (seen: SeenPaths) => LaunchWords): Promise<SandboxedCommand> {
    try {
      return await this.#launch(request, wordsOf);
    } catch (cause) {
      throw unusable(cause);
    }
  }

  async #launch(
    request: LaunchRequest,
    wordsOf: (seen: SeenPaths) => LaunchWords,
  ): Promise<SandboxedCommand> {
    const machine = this.#machine;
    const active = this.#active;
    const seen = seenPaths(active, request);
    const words = wordsOf(seen);
    const program =
      this.mode === "off" || machine.platform !== "linux"
        ? plainProgram(machine, request.entryPath)
        : await this.#programs.find({
            entryPath: request.entryPath,
            codePath: request.codePath,
            seenPath: seen.entryPath,
            memoryBytes: active.has("limits") ? request.limits.memoryBytes : undefined,
            isHidden: active.has("filesystem"),
          });
    const { codePath, packages = [], dataDir, socketPath } = request;
    await this.requireReach(codePath, ...packages, dataDir, dirname(socketPath), program.command[0] ?? "");
    const needs = [...program.needs, ...this.#wrapperNeeds];
    const strays = isNested(active) ? strayDescriptors() : [];
    const line = commandLine(machine, active, { ...request, strays }, program, needs);
    const opened = new Map<number, number>();
    const closeAll = () => {
      for (const fd of new Set(opened.values())) closeQuietly(fd);
      opened.clear();
    };
    let group: ModuleGroup | undefined;
    try {
      if (active.has("kernel")) {
        const filter = await filterFile(this.#settings.privateDir, machine.arch, policyOf(request.grants));
        opened.set(FILTER_DESCRIPTOR, openSync(filter, "r"));
      }
      const empty = strays.length > 0 ? openSync("/dev/null", "r") : undefined;
      if (empty !== undefined) for (const fd of strays) opened.set(fd, empty);
      group = await this.#groups?.make(request.moduleName, totalsValues(request.limits, request.grants));
    } catch (error) {
      closeAll();
      throw error;
    }
    const joined = group === undefined ? [] : joinGroupArgs(machine.tools.sh ?? "sh", group.procsPath);
    const [command = "", ...args] = [...joined, ...line, ...words.args];
    return {
      command,
      args,
      environment: words.environment,
      workingDir: request.dataDir,
      descriptors: opened,
      infoDescriptor: isNested(active) ? INFO_DESCRIPTOR : undefined,
      holdsProcesses: active.has("filesystem"),
      group,
      close: closeAll,
    };
  }

  /** Removes what it made. Idempotent; never rejects. */
  async close(): Promise<void> {
    await this.#groups?.close();
    if (this.mode === "off") return;
    await removeFolder(this.#settings.privateDir);
  }
}

/** The system's own errors say nothing of what was needed for what. An error without a code is a fault of this program. */
function unusable(cause: unknown): unknown {
  const isOfSystem = errorCode(cause) !== undefined || cause instanceof RangeError;
  if (cause instanceof EngineError || !isOfSystem) return cause;
  return sandboxErrors.SANDBOX_UNUSABLE({ reason: errorMessage(cause) }, { cause });
}

async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => {});
}
