import type { Machine } from "../../src/sandbox/machine.js";

/** A Linux machine that has all programs of the sandbox, for what is computed and never run. */
export const wellEquipped: Machine = {
  platform: "linux",
  arch: "x64",
  hostUid: 1000,
  user: undefined,
  tools: { bwrap: "/bin/bwrap", setpriv: "/bin/setpriv", prlimit: "/bin/prlimit" },
  nodePath: "/bin/node",
  runtimeDataBytes: 100,
};
