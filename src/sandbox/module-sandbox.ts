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
  readonly reason: string;
  readonly consequence: string;
  readonly key: string;
}

const openings: Readonly<Record<keyof LaunchGrants, readonly [LayerId, Opening]>> = {
  network: [
    "network",
    {
      reason: "network_access is granted",
      consequence:
        "the module may open internet connections, also to services that listen on this machine's loopback or on abstract Unix sockets",
      key: "allow_network",
    },
  ],
  spawn: [
    "kernel",
    {
      reason: "spawn_processes is granted",
      consequence: "the module may start processes within its sandbox",
      key: "allow_spawn_processes",
    },
  ],
};

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
      const { reason, consequence, key } = opening;
      const remedy = `set modules.${moduleName}.sandbox.${key} to false if the module can do without`;
      return { ...layer, status: "partial", reason, consequence, remedy };
    }),
  };
}
