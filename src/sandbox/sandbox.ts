import { closeSync, openSync } from "node:fs";
import { chmod, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Logger } from "../log.js";
import { kernelCgroupFiles } from "./cgroup/cgroup-files.js";
import { divideCgroup } from "./cgroup/divide-cgroup.js";
import { joinGroupArgs } from "./cgroup/join-group.js";
import type { ModuleGroups } from "./cgroup/module-groups.js";
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
import { type LayerId, layers } from "./layer.js";
import { totalsValues } from "./layers/totals.js";
import type { Machine, UserIds } from "./machine.js";
import { type SandboxMode, type SandboxOptions, sandboxOptions } from "./options.js";
import { makePassage, passageMode } from "./passage.js";
import { probeMachine } from "./probe-machine.js";
import { plainProgram } from "./program.js";
import { requireReach } from "./reach.js";
import type { LayerReport, SandboxReport } from "./report.js";
import { reachableRuntime } from "./runtime.js";
import { seccompSupport } from "./seccomp/architecture.js";
import { filterFile } from "./seccomp/filter-file.js";
import { policyOf } from "./seccomp/policy.js";
import { strayDescriptors } from "./stray-descriptors.js";
import { requireUser } from "./user-ids.js";

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

  /** Takes some 100 ms; at most some seconds on a machine that hangs. @throws SANDBOX_NEEDS_USER, SANDBOX_PATH_BLOCKED */
  static async open({ log }: { readonly log: Logger }, settings: SandboxSettings): Promise<Sandbox> {
    const { mode, privateDir = "" } = settings;
    const isRoot = process.getuid?.() === 0;
    const options = sandboxOptions.parse({
      mode,
      user: settings.user,
      tmp_bytes: settings.tmp_bytes,
      shm_bytes: settings.shm_bytes,
    });
    const user = isRoot && mode !== "off" ? await requireUser(options.user) : undefined;
    const probed = await probeMachine({
      nodePath: settings.nodePath ?? process.execPath,
      user,
      searchPath: settings.searchPath,
    });
    if (mode === "off") {
      const report = reportOf(options, probed, new Set());
      return new Sandbox({ ...options, privateDir }, probed, {
        active: new Set(),
        wrapperNeeds: [],
        report,
      });
    }
    if (user !== undefined) await requireReach(dirname(privateDir), user);
    await makePassage(privateDir);
    // Who made it before, with another mode, was a host that was killed, or whoever lends it.
    await chmod(privateDir, passageMode());
    const nodePath = await reachableRuntime(probed.nodePath, { user, privateDir });
    const divided = await divideCgroup(probed.cgroup, probed.tools.sh, kernelCgroupFiles);
    const machine = { ...probed, nodePath, cgroup: divided?.finding ?? probed.cgroup };
    const active = offeredLayers(machine);
    log.debug({ layers: [...active] }, "layers of the sandbox");
    const { tools } = machine;
    const finder = new ProgramFinder(machine);
    const wrappers = [tools.prlimit, tools.env].filter((path) => path !== undefined);
    const wrapperNeeds = (await Promise.all(wrappers.map((path) => finder.needsOf(path)))).flat();
    return new Sandbox({ ...options, privateDir }, machine, {
      active,
      wrapperNeeds,
      report: reportOf(options, machine, active),
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
    const program =
      this.mode === "off"
        ? plainProgram(machine, request.entryPath)
        : await this.#programs.find({
            entryPath: request.entryPath,
            codePath: request.codePath,
            seenPath: seen.entryPath,
            memoryBytes: active.has("limits") ? request.limits.memoryBytes : undefined,
            isHidden: active.has("filesystem"),
          });
    const { codePath, dataDir, socketPath } = request;
    await this.requireReach(codePath, dataDir, dirname(socketPath), program.command[0] ?? "");
    const needs = [...program.needs, ...this.#wrapperNeeds];
    const strays = isNested(active) ? strayDescriptors() : [];
    const line = commandLine(machine, active, { ...request, strays }, program, needs);
    const group = await this.#groups?.make(request.moduleName, totalsValues(request.limits, request.grants));
    const joined = group === undefined ? [] : joinGroupArgs(machine.tools.sh ?? "sh", group.procsPath);
    const [command = "", ...args] = [...joined, ...line, ...words.args];
    const filter = active.has("kernel")
      ? openSync(await filterFile(this.#settings.privateDir, machine.arch, policyOf(request.grants)), "r")
      : undefined;
    const opened = new Map<number, number>(filter === undefined ? [] : [[FILTER_DESCRIPTOR, filter]]);
    if (strays.length > 0) {
      const empty = openSync("/dev/null", "r");
      for (const fd of strays) opened.set(fd, empty);
    }
    let isClosed = false;
    return {
      command,
      args,
      environment: words.environment,
      workingDir: request.dataDir,
      descriptors: opened,
      infoDescriptor: isNested(active) ? INFO_DESCRIPTOR : undefined,
      group,
      close() {
        if (!isClosed) for (const fd of new Set(opened.values())) closeSync(fd);
        isClosed = true;
      },
    };
  }

  /** Removes what it made. Idempotent; never rejects. */
  async close(): Promise<void> {
    await this.#groups?.close();
    if (this.mode === "off") return;
    await rm(this.#settings.privateDir, { recursive: true, force: true }).catch(() => {});
  }
}

/** The layers that the programs of this machine allow to be tried. */
function offeredLayers({ tools, hostUid, user, arch }: Machine): ActiveLayers {
  const offered = new Set<LayerId>(["code", "watch", "wire"]);
  if (hostUid !== 0 || (user !== undefined && tools.setpriv !== undefined)) offered.add("identity");
  if (tools.bwrap !== undefined) {
    offered.add("filesystem").add("network");
    if (seccompSupport(arch).isSupported) offered.add("kernel");
  }
  if (tools.prlimit !== undefined) offered.add("limits");
  return offered;
}

function reportOf({ mode }: SandboxOptions, machine: Machine, active: ActiveLayers): SandboxReport {
  const reports = layers.map(
    ({ id, number, title, consequence }): LayerReport => ({
      id,
      number,
      title,
      status: mode === "off" ? "off" : "missing",
      mechanism: active.has(id) ? id : null,
      reason: "not proven",
      consequence: `a module could ${consequence}`,
      remedy: null,
      denials: [],
    }),
  );
  return {
    mode,
    platform: `${machine.platform} ${machine.arch}`,
    user: machine.user?.name ?? null,
    layers: reports,
  };
}
