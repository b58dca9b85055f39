import type { LaunchGrants } from "./launch-request.js";
import type { LayerId } from "./layer.js";
import type { SandboxMode } from "./options.js";
import type { LayerReport, SandboxReport } from "./report.js";

/** What one module is started in, as `modules show --json` prints it. */
export interface ModuleSandbox {
  readonly mode: SandboxMode;
  /** What its manifest asked for and its operator allowed. */
  readonly grants: LaunchGrants;
  /** The layers of the machine, less what the grants open. */
  readonly layers: readonly Omit<LayerReport, "denials">[];
}

interface Opening {
  readonly capability: string;
  readonly consequence: string;
  readonly key: string;
}

const openings: Readonly<Record<keyof LaunchGrants, readonly [LayerId, Opening]>> = {
  network: [
    "network",
    {
      capability: "network_access",
      consequence:
        "the module may open internet connections, also to services that listen on this machine's loopback or on abstract Unix sockets",
      key: "allow_network",
    },
  ],
  spawn: [
    "kernel",
    {
      capability: "spawn_processes",
      consequence: "the module may start processes within its sandbox",
      key: "allow_spawn_processes",
    },
  ],
};

/** What a manifest asks for and the configuration of its module's operator doesn't allow. */
export interface WithheldGrant {
  readonly capability: string;
  /** The key that would allow it, from the top of the configuration. */
  readonly key: string;
}

/** Nothing in mode off, where a module may do it all the same. */
export function withheldGrants(
  { moduleName, mode, grants }: { moduleName: string; mode: SandboxMode; grants: LaunchGrants },
  capabilities: Iterable<string>,
): readonly WithheldGrant[] {
  if (mode === "off") return [];
  const asked = new Set<string>(capabilities);
  return (["network", "spawn"] as const)
    .filter((name) => !grants[name])
    .map((name) => ({ capability: openings[name][1].capability, key: keyOf(moduleName, openings[name][1]) }))
    .filter(({ capability }) => asked.has(capability));
}

function keyOf(moduleName: string, { key }: Opening): string {
  return `modules.${moduleName}.sandbox.${key}`;
}

/** The report on the machine, read for one module. */
export function moduleSandbox(
  report: SandboxReport,
  { moduleName, mode, grants }: { moduleName: string; mode: SandboxMode; grants: LaunchGrants },
): ModuleSandbox {
  const layers = report.layers.map(({ denials: _tried, ...layer }) => layer);
  const names = (["network", "spawn"] as const).filter((name) => grants[name]);
  const opened = new Map(names.map((name) => openings[name]));
  return {
    mode,
    grants,
    layers: layers.map((layer) => {
      const opening = opened.get(layer.id);
      if (opening === undefined || layer.status !== "enforced") return layer;
      const { capability, consequence } = opening;
      const reason = `${capability} is granted`;
      const remedy = `set ${keyOf(moduleName, opening)} to false if the module can do without`;
      return { ...layer, status: "partial", reason, consequence, remedy };
    }),
  };
}
