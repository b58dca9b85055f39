import type { CanaryFacts } from "../canary-facts.js";
import type { Probe } from "../probe.js";
import { mustFail } from "../verdict.js";

const AT_FDCWD = -100;
const O_WRONLY = 1;
const W_OK = 2;

/** L1: the canary can't change the copy that it was started from; that it runs at all is the copy's own word. */
export function codeProbes({ codeWitness, codeDir }: CanaryFacts): Probe[] {
  const layer = "code";
  return [
    {
      layer,
      attempt: "open a file of its own code for writing",
      steps: [{ call: "openat", args: [AT_FDCWD, codeWitness, O_WRONLY, 0] }],
      after: [{ call: "close", args: [{ answerOf: 0 }] }],
      ...mustFail("EROFS", "EACCES", "EPERM"),
      isTelling: true,
    },
    {
      layer,
      attempt: "add files to its own code",
      steps: [{ call: "faccessat", args: [AT_FDCWD, codeDir, W_OK] }],
      ...mustFail("EROFS", "EACCES", "EPERM"),
      isTelling: true,
    },
  ];
}
