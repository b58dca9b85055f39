import type { LaunchGrants } from "../../../src/sandbox/launch-request.js";

/** What ends otherwise with a grant than without; nothing else does. */
export interface GrantedChanges {
  readonly grant: keyof LaunchGrants;
  readonly program: "static" | "attacker.mjs";
  readonly changes: Readonly<Record<string, string>>;
}

export const grantedChanges: readonly GrantedChanges[] = [
  {
    grant: "network",
    program: "static",
    changes: {
      ...opened(
        "connect by TCP",
        "connect by TCP with flags",
        "connect by UDP",
        "make a TCP socket for IPv6",
        "make a UDP socket for IPv6",
        // The namespace of the network is that of abstract names too.
        "connect to an abstract socket of the host",
        "see the names of abstract sockets",
      ),
      // Of the internet's families, not of these kinds and protocols.
      "make a DCCP socket": "EPERM",
      "make an SCTP packet socket": "EPERM",
      "make an old packet socket": "EPERM",
      "make a raw socket": "EPERM",
      "make a raw socket for IPv6": "EPERM",
      "make a UDP-Lite socket": "EPROTONOSUPPORT",
      "make a multipath TCP socket": "EPROTONOSUPPORT",
      "make an ICMP socket": "EPROTONOSUPPORT",
      "make an SCTP socket": "EPROTONOSUPPORT",
    },
  },
  {
    grant: "network",
    program: "attacker.mjs",
    changes: opened(
      "connect by TCP",
      "connect by UDP",
      "fetch",
      "listen by TCP",
      "open a debugger of its own",
      "resolve a name by a server",
      "resolve a name by the system",
    ),
  },
  {
    grant: "spawn",
    program: "static",
    changes: opened(
      "fork",
      "fork by number",
      "fork twice into a session of its own",
      "fork with bits above the flags",
      "make a sibling",
      "vfork",
    ),
  },
  {
    grant: "spawn",
    program: "attacker.mjs",
    changes: {
      ...opened("fork its own code", "run a program", "run a program and wait"),
      "run a shell": "ENOENT",
    },
  },
];

function opened(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, "done"]));
}
