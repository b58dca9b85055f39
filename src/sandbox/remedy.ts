import { readFileSync } from "node:fs";
import type { LayerId } from "./layer.js";
import type { Machine } from "./machine.js";

/** Reads a setting of the kernel below /proc/sys; undefined where there is none. */
export type ReadSetting = (path: string) => string | undefined;

const readKernelSetting: ReadSetting = (path) => {
  try {
    return readFileSync(`/proc/sys/${path}`, "latin1").trim();
  } catch {
    return undefined;
  }
};

const INSTALL_BUBBLEWRAP =
  "install bubblewrap (Debian, Ubuntu: apt install bubblewrap; Fedora: dnf install bubblewrap)";
const INSTALL_UTIL_LINUX = "install util-linux, of which setpriv and prlimit are parts";

const byBubblewrap: ReadonlySet<LayerId> = new Set(["filesystem", "network", "kernel"]);

/**
 * What an operator can do so that a layer holds; null where there is nothing.
 * @param reason why it doesn't: what was found missing, or what a program printed
 */
export function remedyFor(
  id: LayerId,
  { tools, platform }: Machine,
  reason: string,
  readSetting: ReadSetting = readKernelSetting,
): string | null {
  if (platform !== "linux") return "run the host on Linux";
  if (byBubblewrap.has(id) && tools.bwrap === undefined) return INSTALL_BUBBLEWRAP;
  if (byBubblewrap.has(id)) return forBubblewrap(reason, readSetting);
  if (id === "limits" && tools.prlimit === undefined) return INSTALL_UTIL_LINUX;
  if (id === "identity" && tools.setpriv === undefined) return INSTALL_UTIL_LINUX;
  if (id === "code")
    return "mend the layer filesystem, or run the host as root so that modules run as another user";
  return null;
}

function forBubblewrap(reason: string, readSetting: ReadSetting): string | null {
  if (/unknown option/i.test(reason)) return "update bubblewrap to version 0.8 or later";
  if (/can't mount proc/i.test(reason)) {
    return "run the container with an unmasked /proc (Docker: --security-opt systempaths=unconfined)";
  }
  if (!/namespace|uid map|gid map|rtm_newaddr|operation not permitted|permission denied/i.test(reason))
    return null;
  if (readSetting("kernel/unprivileged_userns_clone") === "0")
    return "sysctl kernel.unprivileged_userns_clone=1";
  if (readSetting("user/max_user_namespaces") === "0") return "sysctl user.max_user_namespaces=10000";
  if (readSetting("kernel/apparmor_restrict_unprivileged_userns") === "1") {
    return (
      "give bwrap an AppArmor profile that allows userns (Ubuntu: package apparmor-profiles, bwrap-userns-restrict), " +
      "or sysctl kernel.apparmor_restrict_unprivileged_userns=0"
    );
  }
  return (
    "allow user namespaces: in a container, run it with --security-opt seccomp=unconfined --security-opt " +
    "apparmor=unconfined --security-opt systempaths=unconfined, or run the host outside"
  );
}
