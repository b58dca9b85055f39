import type { CanaryFacts } from "../canary-facts.js";
import type { Probe } from "../probe.js";
import { mustFail } from "../verdict.js";
import { namespaceProbe } from "./filesystem.js";

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;

/** Families by number; some kernels lack some of them and answer as a sandbox does. @see socket(2) */
const families: readonly (readonly [attempt: string, family: number, kind: number, isTelling: boolean])[] = [
  ["open an IPv4 connection", 2, SOCK_STREAM, true],
  ["send IPv4 datagrams", 2, SOCK_DGRAM, true],
  ["open an IPv6 connection", 10, SOCK_STREAM, false],
  ["open a netlink socket", 16, SOCK_RAW, true],
  ["open a packet socket", 17, SOCK_RAW, true],
  ["open a socket to the hypervisor (vsock)", 40, SOCK_STREAM, false],
  ["open a socket of the kernel's ciphers", 38, 5, false],
];

/** L3: no socket but Unix sockets, and of those none of the host's that have no file. */
export function networkProbes(facts: CanaryFacts): Probe[] {
  const { socketName } = facts;
  return [
    ...families.map(
      ([attempt, family, kind, isTelling]): Probe => ({
        layer: "network",
        attempt,
        steps: [{ call: "socket", args: [family, kind, 0] }],
        after: [{ call: "close", args: [{ answerOf: 0 }] }],
        ...mustFail("EAFNOSUPPORT"),
        isTelling,
      }),
    ),
    ...(socketName === undefined ? [] : [abstractProbe(socketName)]),
    ...namespaceProbe(facts, "net", "network"),
  ];
}

function abstractProbe(socketName: Buffer): Probe {
  const address = Buffer.concat([Buffer.from([AF_UNIX, 0]), socketName]);
  return {
    layer: "network",
    attempt: "reach an abstract Unix socket of the host",
    steps: [
      { call: "socket", args: [AF_UNIX, SOCK_STREAM, 0] },
      { call: "connect", args: [{ answerOf: 0 }, address, address.length] },
    ],
    after: [{ call: "close", args: [{ answerOf: 0 }] }],
    ...mustFail("ECONNREFUSED"),
    isTelling: true,
  };
}
