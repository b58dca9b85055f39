import type { Proof } from "./canary/prove-layers.js";
import type { ActiveLayers } from "./launch-command.js";
import { type Layer, type LayerId, layers } from "./layer.js";
import { type LayerFinding, totalsStatus } from "./layers/totals.js";
import type { Machine } from "./machine.js";
import type { SandboxMode } from "./options.js";
import { type ReadSetting, remedyFor } from "./remedy.js";
import type { LayerReport, LayerStatus, SandboxReport } from "./report.js";
import { seccompSupport } from "./seccomp/architecture.js";

/** Attempts that a reason names; the denials hold all of them. */
const MAX_NAMED_ATTEMPTS = 4;

/** The report of a host whose configuration has the sandbox off. */
export function offReport(machine: Machine): SandboxReport {
  const reports = layers.map(
    (layer): LayerReport => ({
      ...named(layer),
      status: "off",
      mechanism: null,
      reason: "sandbox.mode is off",
      consequence: consequenceOf(layer),
      remedy: "set sandbox.mode to auto",
      denials: [],
    }),
  );
  return { mode: "off", ...whereAndWho(machine), layers: reports };
}

/**
 * What is known of each layer. A layer is enforced only when the canary was denied everything that the layer denies;
 * partial when it was denied some of what it could have done without the layer.
 */
export function provenReport(mode: SandboxMode, proof: Proof, readSetting?: ReadSetting): SandboxReport {
  return {
    mode,
    ...whereAndWho(proof.machine),
    layers: layers.map((layer) => layerReport(layer, proof, readSetting)),
  };
}

function whereAndWho({ platform, arch, user }: Machine) {
  return { platform: `${platform} ${arch}`, user: user?.name ?? null };
}

function named({ id, number, title }: Layer) {
  return { id, number, title };
}

function consequenceOf({ consequence }: Layer): string {
  return `a module could ${consequence}`;
}

function layerReport(layer: Layer, proof: Proof, readSetting: ReadSetting | undefined): LayerReport {
  const { id } = layer;
  if (id === "totals") return totalsReport(layer, proof.machine);
  const tried = proof.denials.filter((denial) => denial.layer === id);
  const denials = tried.map(({ attempt, expected, seen, isDenied }) => ({
    attempt,
    expected,
    seen,
    isDenied,
  }));
  const status = statusOf(id, proof, tried);
  const mechanism = status === "missing" ? null : mechanismOf(id, proof);
  if (status === "enforced") {
    return { ...named(layer), status, mechanism, reason: null, consequence: null, remedy: null, denials };
  }
  const reason = reasonOf(id, proof, tried);
  return {
    ...named(layer),
    status,
    mechanism,
    reason,
    consequence: consequenceOf(layer),
    remedy: remedyFor(id, proof.machine, reason, readSetting),
    denials,
  };
}

/** No canary tries it: what the kernel was asked for is told. */
function totalsReport(layer: Layer, machine: Machine): LayerReport {
  const finding = machine.platform === "linux" ? totalsStatus(machine) : nothingOn(machine);
  const consequence = finding.status === "enforced" ? null : consequenceOf(layer);
  return { ...named(layer), ...finding, consequence, denials: [] };
}

function nothingOn({ platform }: Machine): LayerFinding {
  return { status: "missing", mechanism: null, reason: `nothing bounds it on ${platform}`, remedy: null };
}

function statusOf(id: LayerId, proof: Proof, tried: Proof["denials"]): LayerStatus {
  // What the launch does everywhere is there, seen or not.
  if (tried.length === 0) return isAlwaysThere(id) && proof.failure === undefined ? "partial" : "missing";
  if (tried.every(({ isDenied }) => isDenied)) return "enforced";
  return tried.some(({ isDenied, isTelling }) => isDenied && isTelling) ? "partial" : "missing";
}

function isAlwaysThere(id: LayerId): boolean {
  return id === "code" || id === "wire";
}

function reasonOf(
  id: LayerId,
  { machine, refusals, complaints, failure, unproven }: Proof,
  tried: Proof["denials"],
) {
  const refusal = refusals.get(id) ?? absence(id, machine);
  const succeeded = tried.filter(({ isDenied }) => !isDenied);
  const list = succeeded.slice(0, MAX_NAMED_ATTEMPTS).map(({ attempt, seen }) => `${attempt}: ${seen}`);
  if (succeeded.length > list.length) list.push(`${succeeded.length - list.length} more`);
  const told = id === "filesystem" ? complaints : [];
  const undenied = list.length === 0 ? [] : [`a canary was not denied to ${list.join(", ")}`];
  const parts = [...(refusal === undefined ? [] : [refusal]), ...told, ...undenied];
  return parts.length > 0 ? parts.join("; ") : (failure ?? unproven ?? "its denials were not seen");
}

/** What of the machine a layer lacks, before anything was tried. */
function absence(id: LayerId, { tools, arch, platform }: Machine): string | undefined {
  if (platform !== "linux") return isAlwaysThere(id) ? undefined : `${platform} has nothing for it`;
  const isByBubblewrap = id === "filesystem" || id === "network" || id === "kernel";
  if (isByBubblewrap && tools.bwrap === undefined) return "bubblewrap (bwrap) was not found";
  if (id === "kernel") {
    const support = seccompSupport(arch);
    return support.isSupported ? undefined : support.reason;
  }
  if (id === "limits" && tools.prlimit === undefined) return "prlimit was not found";
  if (id === "identity" && tools.setpriv === undefined) return "setpriv was not found";
  return undefined;
}

function mechanismOf(id: LayerId, { machine, active }: Proof): string | null {
  return mechanisms[id](machine, active);
}

const mechanisms: Readonly<Record<LayerId, (machine: Machine, active: ActiveLayers) => string | null>> = {
  identity: ({ user }) =>
    user === undefined
      ? "the host's own user"
      : `setpriv: user ${user.name} without groups, capabilities and new privileges`,
  code: (_machine, active) =>
    active.has("filesystem") ? "the host's own copy, bound in read-only" : "the host's own copy",
  filesystem: (_machine, active) =>
    active.has("filesystem") ? "bubblewrap: mount, process, IPC, host name and user namespaces" : null,
  network: (_machine, active) =>
    [
      ...(active.has("network") ? ["bubblewrap: network namespace"] : []),
      ...(active.has("kernel") ? ["seccomp: Unix sockets only"] : []),
    ].join("; ") || null,
  kernel: (_machine, active) => (active.has("kernel") ? "seccomp, by bubblewrap" : null),
  limits: (_machine, active) =>
    active.has("limits") ? "prlimit: data, descriptors, size of files, stack, core dumps" : null,
  totals: () => null,
  watch: ({ hostUid }) =>
    hostUid === 0
      ? "/proc, once a second; data directories by a thread that runs before others"
      : "/proc, once a second; data directories by a thread, and what is written while it can't run comes on top of their limits: " +
        "run the host as root or give data_dir a file system of its own size where that matters",
  wire: () => "descriptor 3, an environment of its own",
};
