import type { CallName } from "./calls-x64.js";

type Group = Readonly<Record<string, readonly CallName[]>>;

/** What no module needs, by what one could do with it: first, what leads out of the sandbox. */
const waysOut: Group = {
  "look into other processes": ["ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd"],
  "reclaim their memory": ["process_madvise", "process_mrelease"],
  "leave the folders that are bound in": ["chroot", "pivot_root", "name_to_handle_at", "open_by_handle_at"],
  "mount in one step": ["mount", "umount2"],
  "mount step by step": [
    "open_tree",
    "move_mount",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "mount_setattr",
  ],
  "change to other namespaces": ["unshare", "setns"],
};

/** What holds memory that neither RLIMIT_DATA nor the sizes of /tmp and /dev/shm count. */
const uncountedMemory: Group = {
  "have files without a folder": ["memfd_create", "memfd_secret"],
  "share memory by numbers": ["shmget", "shmat", "shmctl"],
  "leave messages in the kernel": ["msgget", "msgsnd", "msgrcv", "msgctl", "mq_open", "mq_unlink"],
  "have up to a thousand million semaphores": ["semget", "semop", "semtimedop", "semctl"],
  "take the whole machine's share of asynchronous I/O, and lend pages": ["io_setup", "vmsplice"],
  "give files attributes": ["setxattr", "lsetxattr", "fsetxattr"],
};

/** Where weaknesses of the kernel are found again and again. */
const weakPlaces: Group = {
  "call the kernel past this filter": ["io_uring_setup", "io_uring_enter", "io_uring_register"],
  "load programs into the kernel": ["bpf", "perf_event_open"],
  "hold the kernel up in the middle of a copy": ["userfaultfd"],
  "keep keys": ["add_key", "request_key", "keyctl"],
  "watch whole file systems": ["fanotify_init", "fanotify_mark"],
  "be another kind of program": ["personality", "modify_ldt", "iopl", "ioperm"],
  "use remains of the past": ["remap_file_pages", "lookup_dcookie", "uselib", "nfsservctl", "vhangup"],
};

/** What is for the administrator of the machine. */
const administration: Group = {
  "load drivers": ["init_module", "finit_module", "delete_module"],
  "start another kernel": ["kexec_load", "kexec_file_load", "reboot"],
  "administer disks": ["swapon", "swapoff", "quotactl", "quotactl_fd", "acct"],
  "set clocks": ["settimeofday", "clock_settime", "adjtimex", "clock_adjtime"],
  "rename the machine, read its messages": ["sethostname", "setdomainname", "syslog"],
  // fsync of its own files is enough; these write out what everybody wrote.
  "make disks busy": ["sync", "syncfs", "ioprio_set"],
  "choose where memory lies": [
    ...(["mbind", "set_mempolicy", "set_mempolicy_home_node", "migrate_pages", "move_pages"] as const),
  ],
};

/** Calls that fail with EPERM whatever their arguments are. */
export const deniedCalls: readonly CallName[] = [waysOut, uncountedMemory, weakPlaces, administration]
  .flatMap((group) => Object.values(group))
  .flat();
