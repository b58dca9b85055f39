import type { AttemptGroup } from "./attempt-group.js";

/** What a program in C tries with sockets. */
export const socketAttempts: readonly AttemptGroup[] = [
  {
    ends: "EAFNOSUPPORT",
    opensWithout: ["network", "kernel"],
    attempts: ["connect by TCP", "connect by TCP with flags"],
  },
  {
    ends: "EAFNOSUPPORT",
    opensWithout: ["kernel"],
    attempts: [
      "connect by UDP",
      "make a TCP socket for IPv6",
      "make a UDP socket for IPv6",
      "make a multipath TCP socket",
      "make a UDP-Lite socket",
      "make a netlink socket",
      "make a netlink socket for audit",
      "make a netlink socket for devices",
      "make a netlink socket with bits above",
      "make a vsock",
    ],
  },
  {
    ends: "EAFNOSUPPORT",
    whyNever: "not every kernel has them, or gives them to everybody",
    attempts: [
      "make an ICMP socket",
      "make a Bluetooth socket",
      "make a socket of the kernel's cryptography",
      "make a TIPC socket",
      "make a CAN socket",
      "make an RDS socket",
      "make an SMC socket",
      "make a key socket",
      "make a QRTR socket",
      "make a pair of TIPC sockets",
    ],
  },
  {
    ends: "EAFNOSUPPORT",
    reachesKernelWithout: ["kernel"],
    attempts: [
      "make an SCTP socket",
      "make a DCCP socket",
      "make an SCTP packet socket",
      "make a pair of inet sockets",
    ],
  },
  {
    ends: "EAFNOSUPPORT",
    whyNever: "the kernel asks for a capability, and a module's user has none",
    attempts: [
      "make an old packet socket",
      "make a raw socket",
      "make a raw socket for IPv6",
      "make a packet socket",
      "make an XDP socket",
    ],
  },
  {
    ends: "ECONNREFUSED",
    opensWithout: ["network"],
    attempts: ["connect to an abstract socket of the host"],
  },
];
