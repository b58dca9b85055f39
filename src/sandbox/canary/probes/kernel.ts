import type { Argument, Probe } from "../probe.js";
import type { SystemCall } from "../system-calls.js";
import { mustFail } from "../verdict.js";

/** No process has this number: the kernel's largest is 2^22. */
const NO_PID = 0x3fffffff;
const NO_DESCRIPTOR = -1;
const BAD_FLAGS = 0x40000000;
const SIGCHLD = 17;
const CLONE_NEWUSER = 0x10000000;
const PTRACE_ATTACH = 16;
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
/** MAP_SHARED, MAP_ANONYMOUS. */
const SHARED_MEMORY = 0x21;
const F_SETPIPE_SZ = 1031;
const PERSONALITY_QUERY = 0xffffffff;

/**
 * Calls that a kernel without a filter answers with another errno than EPERM, or does harmlessly: the parameters are
 * wrong, and are looked at before the caller's rights are.
 */
const refused: readonly (readonly [attempt: string, call: SystemCall, args: readonly Argument[]])[] = [
  ["watch another process (ptrace)", "ptrace", [PTRACE_ATTACH, NO_PID, 0, 0]],
  ["read memory of another process", "process_vm_readv", [NO_PID, 0, 0, 0, 0, 1]],
  ["write memory of another process", "process_vm_writev", [NO_PID, 0, 0, 0, 0, 1]],
  ["compare processes (kcmp)", "kcmp", [NO_PID, NO_PID, 0, 0, 0]],
  ["take a descriptor of another process", "pidfd_getfd", [NO_DESCRIPTOR, 0, 0]],
  ["leave namespaces (unshare)", "unshare", [0]],
  ["enter a namespace (setns)", "setns", [NO_DESCRIPTOR, 0]],
  ["mount", "mount", [1, 1, 1, 0, 0]],
  ["unmount", "umount2", [1, BAD_FLAGS]],
  ["copy mounts (open_tree)", "open_tree", [NO_DESCRIPTOR, 0, BAD_FLAGS]],
  ["change mounts (mount_setattr)", "mount_setattr", [NO_DESCRIPTOR, 0, 0, 0, 0]],
  ["change its root", "chroot", [1]],
  ["use the kernel's key rings", "keyctl", [9999, 0, 0, 0, 0]],
  ["add a key", "add_key", [1, 1, 0, 0, 0]],
  ["ask for a key", "request_key", [1, 1, 0, 0]],
  ["set up io_uring", "io_uring_setup", [0, 0]],
  ["enter io_uring", "io_uring_enter", [NO_DESCRIPTOR, 0, 0, 0, 0, 0]],
  ["register with io_uring", "io_uring_register", [NO_DESCRIPTOR, 0, 0, 0]],
  ["load programs into the kernel (bpf)", "bpf", [0, 0, 1 << 20]],
  ["measure the kernel (perf)", "perf_event_open", [0, 0, -1, -1, BAD_FLAGS]],
  ["handle page faults of the kernel", "userfaultfd", [0x101]],
  ["make files that are in no folder (memfd)", "memfd_create", [1, 0]],
  ["change how the kernel treats it (personality)", "personality", [PERSONALITY_QUERY]],
  ["name files past folders", "name_to_handle_at", [NO_DESCRIPTOR, 0, 0, 0, 0]],
  ["splice memory into pipes", "vmsplice", [NO_DESCRIPTOR, 0, 0, 0]],
  ["take memory that no limit counts (shared mappings)", "mmap", [0, 4096, 3, SHARED_MEMORY, -1, 0]],
  ["hold memory in pipes", "fcntl", [0, F_SETPIPE_SZ, 4096]],
  ["set the clock", "clock_settime", [9999, 0]],
  ["make shared memory", "shmget", [0, 0, 0]],
  ["make message queues", "mq_open", [0, 0, 0, 0]],
  ["type into a terminal (TIOCSTI)", "ioctl", [0, TIOCSTI, 0]],
  ["use the console (TIOCLINUX)", "ioctl", [0, TIOCLINUX, 0]],
];

/** Calls that a system may refuse by itself. */
const oftenRefused: typeof refused = [["make a user namespace", "unshare", [CLONE_NEWUSER]]];

/** L4: what a module has no use for is refused, and new processes are. */
export function kernelProbes(): Probe[] {
  const layer = "kernel";
  const refusals = [
    ...refused.map((one) => [one, true] as const),
    ...oftenRefused.map((one) => [one, false] as const),
  ];
  return [
    ...(["fork", "vfork", "clone"] as const).map(
      (call): Probe => ({
        layer,
        attempt: `start a process (${call})`,
        steps: [{ call, args: call === "clone" ? [SIGCHLD, 0, 0, 0, 0] : [], isFork: true }],
        after: [{ call: "wait4", args: [-1, 0, 0, 0] }],
        ...mustFail("EPERM"),
        isTelling: true,
      }),
    ),
    {
      layer,
      attempt: "start a process (clone3)",
      steps: [{ call: "clone3", args: [0, 0], isFork: true }],
      // So that libraries fall back to clone, whose parameters a filter can read.
      ...mustFail("ENOSYS"),
      isTelling: true,
    },
    ...refusals.map(
      ([[attempt, call, args], isTelling]): Probe => ({
        layer,
        attempt,
        steps: [{ call, args }],
        ...mustFail("EPERM"),
        isTelling,
      }),
    ),
  ];
}
