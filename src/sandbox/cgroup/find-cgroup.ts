import { join } from "node:path";
import { errorCode, errorMessage } from "../../errors.js";
import { type CgroupFiles, kernelCgroupFiles } from "./cgroup-files.js";

/** Controllers without which a group bounds too little to be made. */
const NEEDED = ["memory", "pids", "cpu"] as const;

const DELEGATE =
  "run the host where control groups of version 2 are delegated to it, for example as a systemd service with Delegate=yes";
const V2 = "boot with control groups of version 2 (systemd.unified_cgroup_hierarchy=1)";

/** The host's own control group (version 2), when the host may divide it; or why not. */
export type CgroupFinding =
  | { readonly kind: "delegated"; readonly path: string }
  /** It was divided; `problem` says what the kernel did not do then, undefined when it did all. */
  | { readonly kind: "divided"; readonly path: string; readonly problem: string | undefined }
  | { readonly kind: "none"; readonly reason: string; readonly remedy: string };

/**
 * Looks for the group that this process is in and whether this user may divide it. Changes nothing. Never rejects.
 * @see cgroups(7), "Cgroups delegation"
 */
export async function findCgroup(
  files: CgroupFiles = kernelCgroupFiles,
  proc = "/proc/self",
): Promise<CgroupFinding> {
  try {
    const [membership, mounts] = await Promise.all([
      files.read(join(proc, "cgroup")),
      files.read(join(proc, "mountinfo")),
    ]);
    const path = groupPath(membership, mounts);
    if (path === undefined) return none("control groups of version 2 are not mounted", V2);
    const controllers = new Set((await files.read(join(path, "cgroup.controllers"))).trim().split(/\s+/));
    const missing = NEEDED.filter((name) => !controllers.has(name));
    if (missing.length > 0) {
      const offered = [...controllers].filter((name) => name !== "").join(", ");
      return none(`${path} has no controller ${missing.join(", ")} (it has ${offered || "none"})`, DELEGATE);
    }
    for (const name of ["cgroup.procs", "cgroup.subtree_control"]) {
      await files.requireWritable(join(path, name));
    }
    await files.requireWritable(path);
    return { kind: "delegated", path };
  } catch (error) {
    const code = errorCode(error);
    const isAbsent = code === "ENOENT" || code === "ENOTDIR";
    return none(
      isAbsent ? `this system shows no control groups (${code})` : errorMessage(error),
      isAbsent ? V2 : DELEGATE,
    );
  }
}

function none(reason: string, remedy: string): CgroupFinding {
  return { kind: "none", reason, remedy };
}

/** Where the group of this process is in the file system. Undefined without a mount that shows it. */
function groupPath(membership: string, mounts: string): string | undefined {
  const [, group] = /^0::(\/.*)$/m.exec(membership) ?? [];
  // A path that begins with /.. lies outside of what this namespace shows.
  if (group === undefined || group.startsWith("/..")) return undefined;
  for (const line of mounts.split("\n")) {
    const [, root, mountPoint] =
      /^\d+ \d+ \S+ (\S+) (\S+) .* - cgroup2 /.exec(line)?.map(unescapeMountField) ?? [];
    if (root === undefined || mountPoint === undefined) continue;
    if (root === "/") return join(mountPoint, group);
    if (group === root || group.startsWith(`${root}/`)) return join(mountPoint, group.slice(root.length));
  }
  return undefined;
}

/** Spaces and the like are octal there. @see proc(5), /proc/pid/mountinfo */
function unescapeMountField(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_all, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
