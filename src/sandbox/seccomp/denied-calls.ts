import type { CallName } from "./calls-x64.js";

/** What no module needs, by what it is for; each fails with EPERM whatever its arguments are. */
const reasons: Readonly<Record<string, readonly CallName[]>> = {
  "reach into other processes": [
    ...(["ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease"] as const),
    ...(["pidfd_getfd", "kcmp"] as const),
  ],
  "mount, and leave the folders that are bound in": [
    ...(["mount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount", "mount_setattr"] as const),
    ...(["fsopen", "fsconfig", "fsmount", "fspick", "open_by_handle_at", "name_to_handle_at"] as const),
  ],
  "make and enter namespaces": ["unshare", "setns"],
  "have memory that RLIMIT_DATA and the sizes of /tmp and /dev/shm don't count": [
    ...(["memfd_create", "memfd_secret", "shmget", "shmat", "shmctl", "mq_open", "mq_unlink"] as const),
    ...(["msgget", "msgsnd", "msgrcv", "msgctl", "semget", "semop", "semctl", "semtimedop"] as const),
    ...(["setxattr", "lsetxattr", "fsetxattr", "vmsplice", "io_setup"] as const),
  ],
  "use interfaces in which weaknesses of the kernel are found again and again": [
    ...(["bpf", "perf_event_open", "userfaultfd", "remap_file_pages", "modify_ldt", "personality"] as const),
    ...([
      "io_uring_setup",
      "io_uring_enter",
      "io_uring_register",
      "add_key",
      "request_key",
      "keyctl",
    ] as const),
    ...(["fanotify_init", "fanotify_mark", "lookup_dcookie", "uselib", "nfsservctl", "vhangup"] as const),
  ],
  "administer the machine": [
    ...(["init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot"] as const),
    ...(["swapon", "swapoff", "acct", "quotactl", "quotactl_fd", "syslog", "iopl", "ioperm"] as const),
    ...([
      "settimeofday",
      "clock_settime",
      "adjtimex",
      "clock_adjtime",
      "sethostname",
      "setdomainname",
    ] as const),
  ],
  "get ahead of others": [
    // Writes out what everybody wrote, not only the module: fsync of its own files is enough.
    ...(["sync", "syncfs", "ioprio_set"] as const),
    ...(["mbind", "set_mempolicy", "set_mempolicy_home_node", "migrate_pages", "move_pages"] as const),
  ],
};

export const deniedCalls: readonly CallName[] = Object.values(reasons).flat();
