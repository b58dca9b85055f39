import type { CanaryFacts } from "../canary-facts.js";
import type { Probe, Step } from "../probe.js";
import { mustFail, mustTell } from "../verdict.js";

const AT_FDCWD = -100;
const O_WRONLY = 1;
const PR_GET_NO_NEW_PRIVS = 39;
/** Version 3 of the structure: two sets of 32 capabilities. @see capget(2) */
const CAPABILITY_VERSION = 0x20080522;

const closeIt: Step = { call: "close", args: [{ answerOf: 0 }] };

/** L0: the canary is not root and can't become it. */
export function identityProbes({ user }: CanaryFacts): Probe[] {
  const layer = "identity";
  return [
    {
      layer,
      attempt: "run as root",
      steps: [{ call: "geteuid", args: [] }],
      ...mustTell(user === undefined ? "a user id other than 0" : `user id ${user.uid}`, ({ answer }) => ({
        seen: `user id ${answer}`,
        isRight: user === undefined ? answer !== 0 : answer === user.uid,
      })),
      isTelling: true,
    },
    {
      layer,
      attempt: "become root",
      steps: [{ call: "setuid", args: [0] }],
      // A user namespace in which 0 stands for nobody answers EINVAL.
      ...mustFail("EPERM", "EINVAL"),
      isTelling: true,
    },
    {
      layer,
      attempt: "use capabilities of root",
      steps: [{ call: "capget", args: [capabilityHeader(), { outBytes: 24 }] }],
      ...mustTell("none", ({ out }) => {
        const held = countBits(out);
        return { seen: held === 0 ? "none" : `${held} bits of capabilities`, isRight: held === 0 };
      }),
      isTelling: true,
    },
    {
      layer,
      attempt: "gain rights by a set-user-ID file",
      steps: [{ call: "prctl", args: [PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0] }],
      ...mustTell("no_new_privs 1", ({ answer }) => ({
        seen: `no_new_privs ${answer}`,
        isRight: answer === 1,
      })),
      isTelling: false,
    },
    {
      layer,
      attempt: "open /proc/sys/kernel/core_pattern for writing",
      steps: [{ call: "openat", args: [AT_FDCWD, "/proc/sys/kernel/core_pattern", O_WRONLY, 0] }],
      after: [closeIt],
      ...mustFail("EACCES", "EPERM", "EROFS", "ENOENT"),
      isTelling: true,
    },
    ...(user === undefined ? [] : [groupsProbe()]),
  ];
}

function groupsProbe(): Probe {
  return {
    layer: "identity",
    attempt: "use groups of the host",
    steps: [{ call: "getgroups", args: [0, 0] }],
    ...mustTell("0 groups", ({ answer }) => ({ seen: `${answer} groups`, isRight: answer === 0 })),
    isTelling: false,
  };
}

function capabilityHeader(): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(CAPABILITY_VERSION);
  return header;
}

function countBits(bytes: Buffer): number {
  return bytes.reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0);
}
