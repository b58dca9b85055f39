import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { EngineError, errorMessage } from "../errors.js";
import { nearestName } from "../events/index.js";
import type { Logger } from "../log.js";
import {
  compatibilityProblems,
  flattenConfig,
  mergeModuleConfig,
  readModuleConfig,
} from "../manifest/index.js";
import { makePassage } from "../sandbox/index.js";
import { findCode, securityErrors, verifyModule } from "../security/index.js";
import { copyForSandbox } from "./code-for-sandbox.js";
import { snapshotCode } from "./code-snapshot.js";
import { type DiscoveredModule, type Discovery, discoverModules } from "./discovery.js";
import { supervisorErrors } from "./errors.js";
import { defaultCodeRules, defaultSettings, type ModuleManagerOptions } from "./manager-options.js";
import type { ModuleCode } from "./module-code.js";
import type { ModuleLives } from "./module-lives.js";
import type { PreparedModule } from "./prepared-module.js";

/** No module can be called so: names begin with a letter or digit. */
const CODE_FOLDER = ".code";
/** The protocol of modules and hosts, as manifests compare it. */
const PROTOCOL_VERSION = "1.0.0";

interface InstalledDependencies {
  readonly lives: ModuleLives;
  readonly log: Logger;
  readonly crew: () => { readonly isSandboxed: boolean };
}

/** The modules that lie in the host's folders, and what is done with one before it may start. */
export class InstalledModules {
  readonly #options: ModuleManagerOptions;
  readonly #folders: readonly string[];
  readonly #codeDir: string;
  readonly #lives: ModuleLives;
  readonly #log: Logger;
  readonly #crew: () => { readonly isSandboxed: boolean };

  constructor(deps: InstalledDependencies, options: ModuleManagerOptions) {
    this.#options = options;
    this.#folders = [options.modulesDir].flat();
    this.#codeDir = join(options.dataDir, CODE_FOLDER);
    this.#lives = deps.lives;
    this.#log = deps.log;
    this.#crew = deps.crew;
  }

  /** Looks at the folders anew; a module that is new there is told of. Never rejects. */
  async discover(): Promise<Discovery> {
    const discovery = await discoverModules(this.#folders);
    this.#lives.found(discovery.modules.map(({ manifest }) => manifest));
    return discovery;
  }
  /**
   * Reads, checks and verifies a module as it lies in its folder now; the same for each load, however it comes about.
   * @throws UNKNOWN_MODULE, NODE_INCOMPATIBLE, ENTRY_POINT_MISSING, CODE_COPY_FAILED, and what manifest, configuration
   * and verification provoke; nothing is left then
   */
  async prepare(name: string): Promise<PreparedModule> {
    const module = await this.find(name);
    const { manifest, directory } = module;
    const { nodeVersion, code: rules = defaultCodeRules } = this.#options;
    const node = {
      nodeVersion,
      protocolVersion: PROTOCOL_VERSION,
      // The host carries no consensus code of its own: whoever needs some gets what the host's version brings.
      consensusVersion: nodeVersion,
    };
    const { error, warnings } = compatibilityProblems(manifest, node, rules);
    if (error !== undefined) throw error;
    const configured = await this.#configure(module);
    const copyDir = join(this.#codeDir, `${name}-${randomBytes(8).toString("hex")}`);
    const found = await this.#findEntry(module);
    // Whoever runs a copy passes through the folder of all copies.
    await makePassage(this.#codeDir).catch((cause: unknown) => {
      throw securityErrors.CODE_COPY_FAILED(
        { module: name, copyDir, reason: errorMessage(cause) },
        { cause },
      );
    });
    const verified = await verifyModule({
      directory,
      manifest,
      ...found,
      copyDir,
      trust: rules.trust,
      requireSignatures: rules.requireSignatures,
    }).catch((error: unknown) => {
      this.#options.lifeBooks?.noteRefusal(error);
      throw error;
    });
    const { entryPath, isCopy } = verified;
    const isOwn = found.codeRoot === directory;
    const { isSandboxed } = this.#crew();
    let code: ModuleCode = isCopy
      ? { entryPath, codePath: copyDir }
      : { entryPath, codePath: isOwn ? directory : entryPath };
    if (isSandboxed && !isCopy) {
      code = await copyForSandbox({ name, directory, entryPath, isOwn }, copyDir);
    }
    const isPrivate = isCopy || isSandboxed;
    const copied = isPrivate || !isOwn ? undefined : await snapshotCode({ directory, entryPath }, copyDir);
    const codeAfterUpdate = isPrivate ? code : copied;
    return {
      module,
      ...configured,
      ...code,
      warnings: [...warnings, ...verified.warnings],
      signers: verified.signers,
      codeHash: verified.codeHash,
      codeAfterUpdate,
      dispose: async () => {
        await verified.removeCopy();
        if (!isCopy) await this.#remove(copyDir);
      },
    };
  }

  /** What a process that somebody starts by hand is told; its code is that person's matter. @throws UNKNOWN_MODULE */
  async prepareAttached(name: string): Promise<PreparedModule> {
    const module = await this.find(name);
    return {
      module,
      ...(await this.#configure(module)),
      entryPath: "",
      codePath: "",
      warnings: [],
      signers: [],
      codeHash: undefined,
      codeAfterUpdate: undefined,
      dispose: () => Promise.resolve(),
    };
  }

  /** Removes all private copies, a killed host's as well. Whoever holds the data directory's lock may, and no module runs. */
  removeOldCopies(): Promise<void> {
    return this.#remove(this.#codeDir);
  }

  async #remove(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true }).catch((error: unknown) => {
      this.#log.warn({ err: error, folder }, "a copy of a module's code could not be removed");
    });
  }

  async #findEntry({ manifest, directory, modulesDir }: DiscoveredModule) {
    const { entryPath, root, lookedFor } = await findCode(directory, manifest.entryPoint, modulesDir);
    if (entryPath !== undefined) return { entryPath, codeRoot: root };
    throw supervisorErrors.ENTRY_POINT_MISSING({ module: manifest.name, lookedFor });
  }

  async #configure({ manifest, directory }: DiscoveredModule) {
    const settings = this.#options.settingsOf?.(manifest.name) ?? defaultSettings;
    const config = mergeModuleConfig(
      await readModuleConfig(directory),
      flattenConfig(settings.config, `modules.${manifest.name}`),
      new Map([["version", manifest.version]]),
    );
    return { settings, config };
  }

  /** @throws UNKNOWN_MODULE, or what the module of that name provokes */
  async find(name: string): Promise<DiscoveredModule> {
    const { modules, failures } = await this.discover();
    const found = modules.find(({ manifest }) => manifest.name === name);
    if (found !== undefined) return found;
    const broken = failures.find(
      ({ directory, error }) => directory.endsWith(`/${name}`) && error instanceof EngineError,
    );
    if (broken !== undefined) throw broken.error;
    const names = modules.map(({ manifest }) => manifest.name);
    throw supervisorErrors.UNKNOWN_MODULE({
      name,
      nearest: nearestName(name, names),
      folders: this.#folders,
    });
  }
}
