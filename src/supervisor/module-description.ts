import { type ModuleSandbox, moduleSandbox, type Sandbox, stricterMode } from "../sandbox/index.js";
import type { DiscoveredModule } from "./discovery.js";
import { grantsOf } from "./launch-terms.js";
import type { ModuleInstance } from "./module-instance.js";
import { listingOf, type ModuleListing } from "./module-listing.js";
import type { ModuleLives } from "./module-lives.js";
import type { ModuleRules } from "./options.js";
import type { PreparedModule } from "./prepared-module.js";

/** All that the supervisor knows of one module, as `modules show` prints it. */
export interface ModuleDescription extends ModuleListing {
  readonly description: string;
  readonly author: string;
  readonly directory: string;
  readonly entry_point: string;
  /** Milliseconds since it was started; null while it isn't. */
  readonly uptime_ms: number | null;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optional_dependencies: Readonly<Record<string, string>>;
  /** Names of running modules that need it. */
  readonly dependants: readonly string[];
  readonly signers: readonly string[];
  readonly code_hash: string | null;
  readonly load: string;
  readonly on_unresponsive: string;
  readonly limits: ModuleRules["limits"];
  readonly restart: ModuleRules["restart"] & { readonly crashes: number };
  /** What it runs in, or would be started in; null for one that somebody started by hand. */
  readonly sandbox: ModuleSandbox | null;
}

export interface DescribedModule {
  readonly module: DiscoveredModule;
  readonly instance: ModuleInstance | undefined;
  readonly prepared: PreparedModule | undefined;
  readonly lives: ModuleLives;
  readonly rules: ModuleRules;
  readonly crashes: number;
  readonly dependants: readonly string[];
  readonly nowMs: number;
  readonly sandbox: Sandbox | undefined;
}

export function describeModule(about: DescribedModule): ModuleDescription {
  const { module, instance, prepared, rules } = about;
  const { manifest, directory } = module;
  return {
    ...listingOf(module, instance, about.lives),
    description: manifest.description,
    author: manifest.author,
    directory,
    entry_point: manifest.entryPoint,
    uptime_ms: instance === undefined ? null : Math.round(about.nowMs - instance.startedAtMs),
    dependencies: textsOf(manifest.dependencies),
    optional_dependencies: textsOf(manifest.optionalDependencies),
    dependants: about.dependants,
    signers: prepared?.signers ?? [],
    code_hash: prepared?.codeHash ?? null,
    load: rules.load,
    on_unresponsive: rules.onUnresponsive,
    limits: rules.limits,
    restart: { ...rules.restart, crashes: about.crashes },
    sandbox: sandboxOf(about),
  };
}

/** A module that runs keeps what held at its start, whatever was configured since. */
function sandboxOf({ module, instance, prepared, rules, sandbox }: DescribedModule): ModuleSandbox | null {
  if (sandbox === undefined || instance?.state === "attached") return null;
  const { sandbox: own } = prepared?.settings.rules ?? rules;
  return moduleSandbox(sandbox.report, {
    moduleName: module.manifest.name,
    mode: stricterMode(sandbox.mode, own.mode ?? "off"),
    grants: grantsOf(module.manifest, own),
  });
}

function textsOf(ranges: DiscoveredModule["manifest"]["dependencies"]): Record<string, string> {
  return Object.fromEntries([...ranges].map(([name, { text }]) => [name, text]));
}
