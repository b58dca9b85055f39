import type { SeccompPolicy } from "../../../src/sandbox/seccomp/policy.js";

export type Outcome =
  | "allow"
  | "kill"
  | "EPERM"
  | "ENOSYS"
  | "EAFNOSUPPORT"
  | "EPROTONOSUPPORT"
  | "EOPNOTSUPP";

const never = new Set(
  `
  acct add_key adjtimex bpf chroot clock_adjtime clock_settime delete_module fanotify_init fanotify_mark finit_module
  fsconfig fsetxattr fsmount fsopen fspick init_module io_setup io_uring_enter io_uring_register io_uring_setup ioperm
  iopl ioprio_set kcmp kexec_file_load kexec_load keyctl lookup_dcookie lsetxattr mbind memfd_create memfd_secret
  migrate_pages modify_ldt mount mount_setattr move_mount move_pages mq_open mq_unlink msgctl msgget msgrcv msgsnd
  name_to_handle_at nfsservctl open_by_handle_at open_tree perf_event_open personality pidfd_getfd pivot_root
  process_madvise process_mrelease process_vm_readv process_vm_writev ptrace quotactl quotactl_fd reboot
  remap_file_pages request_key semctl semget semop semtimedop set_mempolicy set_mempolicy_home_node setdomainname
  sethostname setns settimeofday setxattr shmat shmctl shmget swapoff swapon sync syncfs syslog umount2 unshare uselib
  userfaultfd vhangup vmsplice
  `
    .trim()
    .split(/\s+/),
);

/** Where a call has the mode of a file, and where the flags without which the mode doesn't count. */
const modes: Readonly<Record<string, readonly [mode: number, flags?: number]>> = {
  chmod: [1],
  fchmod: [1],
  fchmodat: [2],
  creat: [1],
  mknod: [1],
  mknodat: [2],
  open: [2, 1],
  openat: [3, 2],
};

/**
 * What is to become of a call, said anew and in another way than the filter says it.
 * @param name undefined for a number that the headers don't name
 * @param args the low halves
 */
export function plainOutcome(
  name: string | undefined,
  args: readonly number[],
  { network, spawn }: SeccompPolicy,
): Outcome {
  const [first = 0, second = 0, third = 0, fourth = 0] = args;
  const has = (value: number, bit: number) => Math.floor(value / 2 ** bit) % 2 === 1;
  if (name === undefined) return "allow";
  if (never.has(name)) return "EPERM";
  if (name === "clone3" || name === "openat2") return "ENOSYS";
  if (name === "fork" || name === "vfork") return spawn ? "allow" : "EPERM";
  if (name === "clone") {
    const entersNamespace = [17, 25, 26, 27, 28, 29, 30].some((bit) => has(first, bit));
    const isThread = has(first, 16);
    return entersNamespace || !(spawn || isThread) ? "EPERM" : "allow";
  }
  if (name === "mmap") {
    const isSharedMemory = has(fourth, 0) && has(fourth, 5);
    return isSharedMemory || has(fourth, 8) ? "EPERM" : "allow";
  }
  if (name === "ioctl") {
    const reserves = [1076910120, 1076910122, 1076910137].includes(second);
    return reserves || [21522, 21532, 21539].includes(second) ? "EPERM" : "allow";
  }
  if (name === "fallocate") return second === 3 ? "allow" : "EOPNOTSUPP";
  if (name === "fcntl") return second === 1024 + 7 ? "EPERM" : "allow";
  if (name === "prctl") return first === 35 || first === 4 ? "EPERM" : "allow";
  if (name === "socketpair") return first === 1 ? "allow" : "EAFNOSUPPORT";
  if (name === "socket") return socketOutcome(first, second, third, network);
  const place = modes[name];
  if (place === undefined) return "allow";
  const [mode, flags] = place;
  const counts = flags === undefined || has(args[flags] ?? 0, 6) || has(args[flags] ?? 0, 22);
  return counts && (has(args[mode] ?? 0, 11) || has(args[mode] ?? 0, 10)) ? "EPERM" : "allow";
}

function socketOutcome(domain: number, type: number, protocol: number, network: boolean): Outcome {
  if (domain === 1) return "allow";
  if (!network || (domain !== 2 && domain !== 10)) return "EAFNOSUPPORT";
  const kinds = [0, 2048, 524288, 526336].flatMap((flags) => [
    [flags + 1, 6],
    [flags + 2, 17],
  ]);
  const own = kinds.find(([kind]) => kind === type);
  if (own === undefined) return "EPERM";
  return protocol === 0 || protocol === own[1] ? "allow" : "EPROTONOSUPPORT";
}
