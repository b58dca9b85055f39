import type { CanaryFacts } from "../canary-facts.js";
import type { Probe } from "../probe.js";
import { mustFail, mustTell } from "../verdict.js";

const AT_FDCWD = -100;
/** O_RDWR with O_CREAT. */
const READ_WRITE_CREATE = 0o102;
const RLIMIT_FSIZE = 1;
const RLIMIT_DATA = 2;
const RLIMIT_CORE = 4;
const RLIMIT_NOFILE = 7;
const RLIMIT_BYTES = 16;
const UNLIMITED = 0xffff_ffff_ffff_ffffn;
const SIGXFSZ = 25;
const SIG_IGN = 1;
const PROT_READ_WRITE = 3;
/** MAP_PRIVATE, MAP_ANONYMOUS, MAP_NORESERVE. */
const PRIVATE_MEMORY = 0x4022;

/** L5: what the kernel limits per process is limited, as it was asked for. */
export function limitProbes({ limits }: CanaryFacts): Probe[] {
  const layer = "limits";
  const { memoryBytes, descriptors, fileBytes } = limits;
  // A tenth above its limit is what a module's memory may come to.
  const tooMuch = Math.ceil(memoryBytes * 1.1);
  return [
    limitIs("memory", RLIMIT_DATA, `at most ${tooMuch}`, (limit) => limit < BigInt(tooMuch)),
    limitIs("descriptors", RLIMIT_NOFILE, `${descriptors}`, (limit) => limit === BigInt(descriptors)),
    limitIs("size of files", RLIMIT_FSIZE, `${fileBytes}`, (limit) => limit === BigInt(fileBytes)),
    limitIs("core dumps", RLIMIT_CORE, "0", (limit) => limit === 0n),
    {
      layer,
      attempt: `take ${tooMuch} bytes of memory`,
      steps: [{ call: "mmap", args: [0, tooMuch, PROT_READ_WRITE, PRIVATE_MEMORY, -1, 0] }],
      ...mustFail("ENOMEM"),
      isTelling: true,
    },
    {
      layer,
      attempt: `use descriptor ${descriptors}`,
      steps: [{ call: "dup3", args: [0, descriptors, 0] }],
      after: [{ call: "close", args: [{ answerOf: 0 }] }],
      ...mustFail("EBADF"),
      isTelling: true,
    },
    {
      layer,
      attempt: `make a file of ${fileBytes + 1} bytes`,
      steps: [
        // The kernel kills the process with this signal unless it is ignored.
        { call: "rt_sigaction", args: [SIGXFSZ, ignoreSignal(), 0, 8] },
        { call: "openat", args: [AT_FDCWD, "size", READ_WRITE_CREATE, 0o600] },
        { call: "ftruncate", args: [{ answerOf: 1 }, fileBytes + 1] },
      ],
      after: [{ call: "close", args: [{ answerOf: 1 }] }],
      ...mustFail("EFBIG"),
      isTelling: true,
    },
  ];
}

function limitIs(
  words: string,
  resource: number,
  expected: string,
  isRight: (limit: bigint) => boolean,
): Probe {
  return {
    layer: "limits",
    attempt: `raise the limit of ${words}`,
    steps: [{ call: "prlimit64", args: [0, resource, 0, { outBytes: RLIMIT_BYTES }] }],
    ...mustTell(expected, ({ out }) => {
      const hard = out.readBigUInt64LE(8);
      return { seen: hard === UNLIMITED ? "no limit" : String(hard), isRight: isRight(hard) };
    }),
    isTelling: true,
  };
}

/** struct sigaction of the kernel: handler, flags, restorer, mask. */
function ignoreSignal(): Buffer {
  const action = Buffer.alloc(32);
  action.writeBigUInt64LE(BigInt(SIG_IGN));
  return action;
}
