/** One system call that is tried. Arguments are numbers; "@" is the address of some zeros. */
export interface Attempt {
  readonly title: string;
  readonly call: string;
  readonly args: readonly (number | string)[];
  /** How the kernel answers it, to a user without privileges, when no filter stands before it. */
  readonly natural: readonly string[];
  readonly filtered: string;
}

function attempt(
  title: string,
  [call, ...args]: readonly [string, ...(number | string)[]],
  natural: string,
  filtered: string,
): Attempt {
  return { title, call, args, natural: natural.split("|"), filtered };
}

const NO_PROCESS = 0x3fff_ffff;
const BAD = -1;
/** Makes an argument of 64 bits whose upper half isn't zero, and whose lower half is the number. */
function withJunk(number: number): string {
  return `0xdeadbeef${number.toString(16).padStart(8, "0")}`;
}

/** Sockets of other families. */
export const socketAttempts: readonly Attempt[] = [
  attempt("a TCP socket", ["socket", 2, 1, 0], "ok", "EAFNOSUPPORT"),
  attempt("a TCP socket, with bits above", ["socket", withJunk(2), 1, 0], "ok", "EAFNOSUPPORT"),
  attempt("a UDP socket for IPv6", ["socket", 10, 2, 0], "ok|EAFNOSUPPORT", "EAFNOSUPPORT"),
  attempt("a netlink socket", ["socket", 16, 3, 0], "ok", "EAFNOSUPPORT"),
  attempt("a socket to the hypervisor", ["socket", 40, 1, 0], "ok|EAFNOSUPPORT", "EAFNOSUPPORT"),
  attempt("a pair of TCP sockets", ["socketpair", 2, 1, 0, "@"], "EOPNOTSUPP", "EAFNOSUPPORT"),
];

/** Memory that RLIMIT_DATA doesn't count. */
export const memoryAttempts: readonly Attempt[] = [
  attempt("a file without a folder", ["memfd_create", "@", 0], "ok", "EPERM"),
  attempt("shared memory without a file", ["mmap", 0, 4096, 3, 0x21, BAD, 0], "ok", "EPERM"),
  attempt("the same, with bits above", ["mmap", 0, 4096, 3, withJunk(0x21), BAD, 0], "ok", "EPERM"),
  attempt("memory that passes for a stack", ["mmap", 0, 4096, 3, 0x122, BAD, 0], "ok", "EPERM"),
  attempt("shared memory by number", ["shmget", 0, 4096, 0o1600], "ok", "EPERM"),
  attempt("semaphores by number", ["semget", 0, 1, 0o1600], "ok", "EPERM"),
  attempt("messages by number", ["msgget", 0, 0o1600], "ok", "EPERM"),
  attempt("a queue of messages", ["mq_open", "@", 0o102, 0o600, 0], "ok|ENOENT|EINVAL|ENOSYS", "EPERM"),
  attempt("an attribute", ["fsetxattr", BAD, "@", "@", 0, 0], "EBADF|ERANGE", "EPERM"),
  attempt("a lent page", ["vmsplice", BAD, "@", 1, 0], "EBADF", "EPERM"),
  attempt("a larger pipe", ["fcntl", BAD, 1031, 1_048_576], "EBADF", "EPERM"),
  attempt("a larger pipe, with bits above", ["fcntl", BAD, withJunk(1031), 1_048_576], "EBADF", "EPERM"),
  attempt("asynchronous I/O", ["io_setup", 1, "@"], "ok|ENOSYS", "EPERM"),
];

/** What leads to other processes, other namespaces, other users, or deep into the kernel. */
export const kernelAttempts: readonly Attempt[] = [
  attempt("tracing", ["ptrace", 16, NO_PROCESS], "ESRCH", "EPERM"),
  attempt(
    "reading another process",
    ["process_vm_readv", NO_PROCESS, "@", 1, "@", 1, 0],
    "ok|ESRCH",
    "EPERM",
  ),
  attempt(
    "writing another process",
    ["process_vm_writev", NO_PROCESS, "@", 1, "@", 1, 0],
    "ok|ESRCH",
    "EPERM",
  ),
  attempt("another's descriptor", ["pidfd_getfd", BAD, 0, 0], "EBADF", "EPERM"),
  attempt("comparing processes", ["kcmp", NO_PROCESS, NO_PROCESS, 0, 0, 0], "ESRCH|ENOSYS", "EPERM"),
  attempt("another namespace", ["setns", BAD, 0], "EBADF", "EPERM"),
  attempt("a key", ["add_key", 0, 0, 0, 0, 0], "EFAULT|ENOSYS", "EPERM"),
  attempt("another kind of program", ["personality", 0xffff_ffff], "ok", "EPERM"),
  attempt("typing into the terminal", ["ioctl", BAD, 0x5412, "@"], "EBADF", "EPERM"),
  attempt("typing, with bits above", ["ioctl", BAD, withJunk(0x5412), "@"], "EBADF", "EPERM"),
  attempt("the console", ["ioctl", BAD, 0x541c, "@"], "EBADF", "EPERM"),
  attempt("another protocol for a terminal", ["ioctl", BAD, 0x5423, "@"], "EBADF", "EPERM"),
  attempt("giving a program its owner's rights", ["fchmod", BAD, 0o4755], "EBADF", "EPERM"),
  attempt("giving a program its group's rights", ["fchmod", BAD, 0o2755], "EBADF", "EPERM"),
  attempt("making such a program", ["openat", BAD, "@", 0o101, 0o4755], "ENOENT", "EPERM"),
  attempt("space for a file, all at once", ["fallocate", BAD, 0, 0, 1, 0], "EBADF", "EOPNOTSUPP"),
  attempt("the same, with bits above", ["fallocate", BAD, withJunk(1), 0, 1, 0], "EBADF", "EOPNOTSUPP"),
  attempt("zeros for a file", ["fallocate", BAD, 0x11, 0, 1, 0], "EBADF", "EOPNOTSUPP"),
  attempt("the same by another call", ["ioctl", BAD, 0x4030_5828, "@"], "EBADF", "EPERM"),
  attempt("the same for large files", ["ioctl", BAD, 0x4030_582a, "@"], "EBADF", "EPERM"),
  attempt("zeros by another call", ["ioctl", BAD, 0x4030_5839, "@"], "EBADF", "EPERM"),
  attempt("opening by a structure", ["openat2", BAD, "@", "@", 0], "EINVAL", "ENOSYS"),
  attempt("cloning by a structure", ["clone3", "@", 0], "EINVAL", "ENOSYS"),
  attempt("its own place in the queue of disks", ["ioprio_set", 1, 0, 0x4000], "ok|ENOSYS", "EPERM"),
  attempt("hiding from the watch", ["prctl", 4, 0], "ok", "EPERM"),
  attempt("showing itself again", ["prctl", 4, 1], "ok", "EPERM"),
  attempt("writing out what all wrote", ["syncfs", BAD], "EBADF", "EPERM"),
  attempt("a namespace of users for a child", ["clone", 0x1000_0011], "ok", "EPERM"),
  attempt("a namespace of users", ["unshare", 0x1000_0000], "ok", "EPERM"),
];

/** New processes. */
export const forkAttempts: readonly Attempt[] = [
  attempt("a child", ["clone", 17], "ok", "EPERM"),
  attempt("a child, with bits above", ["clone", withJunk(17)], "ok", "EPERM"),
];

/** What must go on. */
export const harmlessCalls: readonly (readonly [string, ...(number | string)[]])[] = [
  ["socket", 1, 1, 0],
  ["socket", withJunk(1), 1, 0],
  ["socketpair", 1, 2, 0, "@"],
  ["mmap", 0, 4096, 3, 0x22, BAD, 0],
  ["fcntl", 0, 3],
  ["prctl", 3, 0],
];

/** With network access. */
export const networkAttempts: readonly Attempt[] = [
  attempt("a TCP socket", ["socket", 2, 1, 0], "ok", "ok"),
  attempt("a UDP socket that closes at exec", ["socket", 2, 0x8_0002, 17], "ok", "ok"),
  attempt("a TCP socket with bits above", ["socket", withJunk(2), withJunk(0x801), 6], "ok", "ok"),
  attempt("a raw socket", ["socket", 2, 3, 1], "EPERM", "EPERM"),
  attempt("a raw packet socket", ["socket", 17, 3, 0], "EPERM", "EAFNOSUPPORT"),
  attempt("a netlink socket", ["socket", 16, 3, 0], "ok", "EAFNOSUPPORT"),
  attempt("a socket to the hypervisor", ["socket", 40, 1, 0], "ok|EAFNOSUPPORT", "EAFNOSUPPORT"),
  attempt("UDP-Lite", ["socket", 2, 2, 136], "ok|EPROTONOSUPPORT", "EPROTONOSUPPORT"),
  attempt("multipath TCP", ["socket", 2, 1, 262], "ok|EPROTONOSUPPORT", "EPROTONOSUPPORT"),
];
