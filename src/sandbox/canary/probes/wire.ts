import type { CanaryFacts } from "../canary-facts.js";
import type { Probe, Step } from "../probe.js";
import { mustTell, nameOfAnswer } from "../verdict.js";

const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const O_RDONLY = 0;
const F_GETFD = 1;
const FIRST_DESCRIPTOR = 4;
const LAST_DESCRIPTOR = 63;
const ENVIRONMENT_BYTES = 4096;
const STAT_BYTES = 144;
/** Where struct stat has the number of a device. */
const DEVICE_OFFSET = { x64: 40, arm64: 32 } as const;
/** Major number 1, minor number 3. @see null(4) */
const NULL_DEVICE = 0x103n;

/** L8: the canary has its own descriptors and its own environment, and nothing of the host's. */
export function wireProbes({ environment, coveredDescriptors, arch }: CanaryFacts): Probe[] {
  const layer = "wire";
  const numbers = Array.from(
    { length: LAST_DESCRIPTOR - FIRST_DESCRIPTOR + 1 },
    (_, place) => FIRST_DESCRIPTOR + place,
  ).filter((number) => !coveredDescriptors.includes(number));
  return [
    {
      layer,
      attempt: `use descriptors ${FIRST_DESCRIPTOR} to ${LAST_DESCRIPTOR}`,
      steps: numbers.map((number): Step => ({ call: "fcntl", args: [number, F_GETFD, 0] })),
      expected: "EBADF",
      judge({ answers }) {
        const open = numbers.filter((_, place) => nameOfAnswer(answers[place] ?? 0) !== "EBADF");
        return { seen: open.length === 0 ? "EBADF" : `${open.join(", ")} open`, isDenied: open.length === 0 };
      },
      isTelling: true,
    },
    ...(coveredDescriptors.length === 0 ? [] : [coveredProbe(coveredDescriptors, DEVICE_OFFSET[arch])]),
    {
      layer,
      attempt: "read the host's environment",
      steps: [
        { call: "openat", args: [AT_FDCWD, "/proc/self/environ", O_RDONLY, 0] },
        { call: "read", args: [{ answerOf: 0 }, { outBytes: ENVIRONMENT_BYTES }, ENVIRONMENT_BYTES] },
      ],
      after: [{ call: "close", args: [{ answerOf: 0 }] }],
      ...mustTell("its own variables alone", ({ answer, out }) => {
        const found = out
          .toString("utf8", 0, answer)
          .split("\0")
          .filter((line) => line !== "");
        const foreign = found.filter((line) => !environment.includes(line));
        // Names alone: a value may be a secret.
        const names = foreign.map((line) => line.split("=", 1)[0]).slice(0, 10);
        const isRight = foreign.length === 0 && answer < ENVIRONMENT_BYTES;
        return { seen: isRight ? "its own variables alone" : `also ${names.join(", ")}`, isRight };
      }),
      isTelling: true,
    },
  ];
}

function coveredProbe(numbers: readonly number[], deviceOffset: number): Probe {
  return {
    layer: "wire",
    attempt: "use descriptors that the host was started with",
    steps: numbers.map(
      (number): Step => ({
        call: "newfstatat",
        args: [number, "", { outBytes: STAT_BYTES }, AT_EMPTY_PATH],
      }),
    ),
    expected: "EBADF or the null device",
    judge({ answers, out }) {
      const open = numbers.filter((_, place) => {
        const answer = answers[place] ?? 0;
        const device = out.readBigUInt64LE(place * STAT_BYTES + deviceOffset);
        return nameOfAnswer(answer) !== "EBADF" && (answer !== 0 || device !== NULL_DEVICE);
      });
      const isDenied = open.length === 0;
      return { seen: isDenied ? "EBADF or the null device" : `${open.join(", ")} open`, isDenied };
    },
    isTelling: true,
  };
}
