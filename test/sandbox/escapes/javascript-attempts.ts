import type { AttemptGroup } from "./attempt-group.js";

/** What a program in JavaScript tries by what its runtime offers. */
export const javascriptAttempts: readonly AttemptGroup[] = [
  {
    ends: "ENOENT",
    opensWithout: ["filesystem"],
    attempts: [
      "read /etc/passwd",
      "read another module's data",
      "write another module's data",
      "read another module's code",
      "open another module's shared memory",
      "list /sys",
      "list /home",
      "list /var",
      "reach /etc/passwd by /proc/self/root",
      "reach /etc/passwd by a link of its own",
      "reach another module's data by dots",
      "hard-link another module's file",
      "watch another module's file",
      "connect to another module's socket",
      "connect to the control door",
      "learn of users",
      "escape by a worker",
    ],
  },
  {
    ends: "ENOENT",
    whyNever: "files of root that others may not open so",
    attempts: ["read /etc/shadow"],
  },
  {
    ends: "ENOENT",
    opensWithout: ["filesystem"],
    hosts: ["unprivileged"],
    attempts: ["read a private file of the host"],
  },
  {
    ends: "ENOENT",
    opensWithout: ["filesystem", "network", "kernel", "limits"],
    hosts: ["unprivileged"],
    attempts: ["read the host's environment"],
  },
  {
    ends: "ENOENT",
    opensWithout: ["filesystem", "network", "kernel", "limits"],
    attempts: [
      "read another module's environment",
      "open another module's memory",
      "list another module's root",
    ],
  },
  {
    ends: "ENOENT",
    whyNever: "process 1 of the machine is root's; that of the sandbox is hidden",
    attempts: ["read the environment of process 1", "open the memory of process 1"],
  },
  {
    ends: "EACCES|EROFS",
    opensWithout: ["filesystem"],
    hosts: ["unprivileged"],
    attempts: ["open its own code for writing"],
  },
  {
    ends: "EROFS",
    opensWithout: ["filesystem"],
    hosts: ["unprivileged"],
    attempts: [
      "change the mode of its own code",
      "create a file beside its code",
      "create a file beside its socket",
    ],
  },
  {
    ends: "EROFS",
    whyNever: "files of root that others may not open so",
    attempts: ["create a file in /", "create a file in /usr", "create a file in /dev"],
  },
  {
    ends: "EACCES",
    whyNever: "files of root that others may not open so",
    attempts: ["open its runtime for writing", "open core_pattern for writing"],
  },
  {
    ends: "ENOENT",
    whyNever: "not on every machine, and root's where it is",
    attempts: ["open sysrq-trigger"],
  },
  {
    ends: "EACCES",
    whyNever: "the kernel asks for a capability, and a module's user has none",
    attempts: ["hide from the out-of-memory killer", "be faster than others"],
  },
  {
    ends: "EPERM",
    whyNever: "the kernel asks for a capability, and a module's user has none",
    attempts: ["map uid 0 to itself", "join further groups"],
  },
  {
    ends: "EINVAL|EPERM",
    whyNever: "the kernel asks for a capability, and a module's user has none",
    attempts: ["give a file to root", "become root", "become root in effect", "join root's group"],
  },
  {
    ends: "ESRCH",
    opensWithout: ["filesystem"],
    hosts: ["unprivileged"],
    attempts: ["signal the host"],
  },
  {
    ends: "ESRCH",
    opensWithout: ["filesystem"],
    attempts: [
      "signal another module",
      "signal everybody",
      "start its runtime's debugger in another module",
      "slow another module down",
    ],
  },
  {
    ends: "CLOSED",
    opensWithout: ["kernel"],
    attempts: ["open a debugger of its own"],
  },
  {
    ends: "EPERM",
    opensWithout: ["kernel"],
    attempts: ["run a program", "run a program and wait", "fork its own code"],
  },
  {
    ends: "EPERM",
    opensWithout: ["filesystem", "kernel"],
    attempts: ["run a shell"],
  },
  {
    ends: "EAFNOSUPPORT",
    opensWithout: ["network", "kernel"],
    attempts: ["connect by TCP", "fetch"],
  },
  {
    ends: "EAFNOSUPPORT",
    opensWithout: ["kernel"],
    attempts: ["listen by TCP", "connect by UDP"],
  },
  {
    ends: "EAI_AGAIN",
    opensWithout: ["filesystem"],
    attempts: ["resolve a name by the system"],
  },
  {
    ends: "ENXIO",
    whyNever: "a socket can't be opened by its path in /proc",
    attempts: ["open descriptor 3 again"],
  },
  {
    ends: "NOBODY",
    opensWithout: ["filesystem"],
    attempts: ["see other processes"],
  },
  {
    ends: "Unknown system error 97",
    opensWithout: ["network", "kernel"],
    attempts: ["see the network of the host"],
  },
  {
    ends: "OWN",
    opensWithout: ["filesystem"],
    attempts: ["learn the name of the machine"],
  },
  {
    ends: "done",
    whyHarmless: "its own",
    attempts: ["start a worker"],
  },
  {
    ends: "EMFILE",
    opensWithout: ["limits"],
    attempts: ["open 400 descriptors"],
  },
  {
    ends: "EFBIG",
    opensWithout: ["limits"],
    attempts: ["make a file of 512 MiB"],
  },
  {
    ends: "ENOTFOUND|ECONNREFUSED",
    opensWithout: ["network", "kernel"],
    attempts: ["resolve a name by a server"],
  },
];
