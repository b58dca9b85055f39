import type { Logger } from "../log.js";

/** Logs what this system doesn't offer, and what a module can do because of it. */
export function warnOfSystem(log: Logger, setprivPath: string | undefined): void {
  if (setprivPath === undefined)
    log.warn({}, "setpriv of util-linux is missing: a module that spins outlives a host that is killed");
  log.warn({}, "there is no sandbox yet: modules run with the rights of this host");
  if (process.getuid?.() === 0)
    log.warn({}, "the host runs as root and so do its modules: start it as an unprivileged user");
}
