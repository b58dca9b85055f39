import type { CanaryFacts, NamespaceName } from "../canary-facts.js";
import type { Probe } from "../probe.js";
import { mustFail, mustTell } from "../verdict.js";

const AT_FDCWD = -100;
const O_RDONLY = 0;
const O_RDWR = 2;
const W_OK = 2;
const STATFS_BYTES = 120;
const BLOCK_BYTES_OFFSET = 8;
const BLOCKS_OFFSET = 16;
const LINK_BYTES = 64;
/** A size in memory is rounded up to whole pages, the largest of which are this large. */
const PAGE_BYTES = 65_536;
/** Numbers that processes in a process namespace of their own have as well. */
const LOW_PIDS = 16;

const words: Readonly<Record<NamespaceName, string>> = {
  pid: "see processes of the host",
  ipc: "share memory with processes of the host",
  uts: "share the host's name",
  net: "share the host's network",
};

/** L2: files and processes of the host are out of sight, and nothing but the data directory can be written. */
export function filesystemProbes(facts: CanaryFacts): Probe[] {
  const { openFile, homeDir, limits, hostPid } = facts;
  return [
    opens("/etc/passwd", "read /etc/passwd", O_RDONLY, true),
    opens(openFile, "write a file of the host that is open to all", O_RDWR, true),
    ...(homeDir === undefined ? [] : [opens(homeDir, "look into the host user's home", O_RDONLY, false)]),
    // It is bubblewrap's own, and of the same user.
    opens("/proc/1/mem", "write into the first process of its sandbox", O_RDWR, false),
    ...["/", "/dev"].map(
      (path): Probe => ({
        layer: "filesystem",
        attempt: `write to ${path}`,
        steps: [{ call: "faccessat", args: [AT_FDCWD, path, W_OK] }],
        ...mustFail("EROFS"),
        isTelling: true,
      }),
    ),
    isSized("/tmp", limits.tmpBytes),
    isSized("/dev/shm", limits.shmBytes),
    ...(hostPid < LOW_PIDS ? [] : processProbes(hostPid)),
    ...(["pid", "ipc", "uts"] as const).flatMap((name) => namespaceProbe(facts, name, "filesystem")),
  ];
}

/** None where the host can't tell its own. */
export function namespaceProbe(
  { namespaces }: CanaryFacts,
  name: NamespaceName,
  layer: Probe["layer"],
): Probe[] {
  const own = namespaces[name];
  if (own === undefined) return [];
  return [
    {
      layer,
      attempt: words[name],
      steps: [
        {
          call: "readlinkat",
          args: [AT_FDCWD, `/proc/self/ns/${name}`, { outBytes: LINK_BYTES }, LINK_BYTES],
        },
      ],
      ...mustTell(`another namespace than ${own}`, ({ answer, out }) => {
        const seen = out.toString("latin1", 0, answer);
        return { seen, isRight: seen !== own };
      }),
      isTelling: true,
    },
  ];
}

function opens(path: string, attempt: string, flags: number, isTelling: boolean): Probe {
  return {
    layer: "filesystem",
    attempt,
    steps: [{ call: "openat", args: [AT_FDCWD, path, flags, 0] }],
    after: [{ call: "close", args: [{ answerOf: 0 }] }],
    ...mustFail("ENOENT"),
    isTelling,
  };
}

function isSized(path: string, limitBytes: number): Probe {
  return {
    layer: "filesystem",
    attempt: `fill memory through ${path}`,
    steps: [{ call: "statfs", args: [path, { outBytes: STATFS_BYTES }] }],
    ...mustTell(`at most ${limitBytes} bytes`, ({ out }) => {
      const bytes = out.readBigUInt64LE(BLOCK_BYTES_OFFSET) * out.readBigUInt64LE(BLOCKS_OFFSET);
      // A tmpfs without a limit tells 0 blocks.
      return {
        seen: bytes === 0n ? "no limit" : `${bytes} bytes`,
        isRight: bytes > 0n && bytes <= limitBytes + PAGE_BYTES,
      };
    }),
    isTelling: true,
  };
}

function processProbes(hostPid: number): Probe[] {
  return [
    {
      layer: "filesystem",
      attempt: "send a signal to the host",
      steps: [{ call: "kill", args: [hostPid, 0] }],
      ...mustFail("ESRCH"),
      isTelling: true,
    },
    opens(`/proc/${hostPid}/status`, "look at the host's process", O_RDONLY, true),
  ];
}
