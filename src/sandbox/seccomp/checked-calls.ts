import type { CallName } from "./calls-x64.js";
import { allow, type Decision, fail, type Word } from "./decision.js";
import type { SeccompPolicy } from "./policy.js";

/** asm-generic/errno.h; the same on all machines that there is a filter for. */
export const EPERM = 1;
export const ENOSYS = 38;
const EPROTONOSUPPORT = 93;
const EAFNOSUPPORT = 97;
const EOPNOTSUPP = 95;

const refuse = fail(EPERM);

/**
 * The calls that are allowed with some arguments only. The kernel takes all of these arguments as 32 bits or looks at
 * their low half alone, and so does the filter: bits above make no difference.
 */
export function checkedCalls({ network, spawn }: SeccompPolicy): ReadonlyMap<CallName, Decision> {
  const calls: [CallName, Decision][] = [
    ["socket", network ? socketOfNetwork : unixOnly],
    ["socketpair", unixOnly],
    [
      "clone",
      spawn ? cloneOutsideNamespaces : refuseUnless("argument0", CLONE_THREAD, cloneOutsideNamespaces),
    ],
    // Its flags lie in memory, where a filter can't see them: libraries fall back to clone.
    ["clone3", fail(ENOSYS)],
    // The same with the mode of what it makes; who uses it has an answer to kernels without it.
    ["openat2", fail(ENOSYS)],
    ["mmap", mmap],
    ["ioctl", refuseEach("argument1", [TIOCSTI, TIOCLINUX, TIOCSETD, ...RESERVE])],
    // Libraries that meet a file system without it write instead.
    ["fallocate", is("argument1", FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, allow, fail(EOPNOTSUPP))],
    ["fcntl", refuseEach("argument1", [F_SETPIPE_SZ])],
    ["prctl", refuseEach("argument0", [PR_SET_MM, PR_SET_DUMPABLE])],
    ["open", refuseSetIdFile("argument1", "argument2")],
    ["openat", refuseSetIdFile("argument2", "argument3")],
    ["creat", refuseAny("argument1", SET_ID_BITS)],
    ["chmod", refuseAny("argument1", SET_ID_BITS)],
    ["fchmod", refuseAny("argument1", SET_ID_BITS)],
    ["fchmodat", refuseAny("argument2", SET_ID_BITS)],
    ["mknod", refuseAny("argument1", SET_ID_BITS)],
    ["mknodat", refuseAny("argument2", SET_ID_BITS)],
  ];
  if (!spawn) calls.push(["fork", refuse], ["vfork", refuse]);
  return new Map(calls);
}

/** linux/sched.h */
const CLONE_THREAD = 0x0001_0000;
/** CLONE_NEW… for mounts, cgroups, hostname, IPC, users, processes and network. */
const CLONE_NEW_NAMESPACES = 0x7e02_0000;
const cloneOutsideNamespaces = refuseAny("argument0", CLONE_NEW_NAMESPACES);

/** asm-generic/ioctls.h: typing into a terminal, its console, and another protocol for it. */
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
const TIOCSETD = 0x5423;

/** linux/falloc.h: a hole gives space back; everything else takes any amount of it in one call, faster than anybody looks. */
const FALLOC_FL_KEEP_SIZE = 0x01;
const FALLOC_FL_PUNCH_HOLE = 0x02;
/** Also there: FS_IOC_RESVSP, FS_IOC_RESVSP64 and FS_IOC_ZERO_RANGE do the same. */
const RESERVE = [0x4030_5828, 0x4030_582a, 0x4030_5839];

/** linux/fcntl.h: a pipe of up to 1 MiB instead of 64 KiB, in the kernel's memory. */
const F_SETPIPE_SZ = 1031;

/** linux/prctl.h: where its parts lie in memory, by which limits are reckoned. */
const PR_SET_MM = 35;
/** Also there: who isn't dumpable hides its descriptors from a host that isn't root, proc(5). */
const PR_SET_DUMPABLE = 4;

/** S_ISUID and S_ISGID: a program of the host's user that others of this machine could run. */
const SET_ID_BITS = 0o6000;
/** O_CREAT and the bit that O_TMPFILE has for itself; only then does a mode count. */
const CREATES = 0o100 | 0o20_000_000;

/**
 * MAP_SHARED with MAP_ANONYMOUS is memory that RLIMIT_DATA doesn't count, and so is MAP_GROWSDOWN, which the kernel
 * takes for a stack.
 */
const MAP_SHARED = 0x01;
const MAP_ANONYMOUS = 0x20;
const MAP_GROWSDOWN = 0x100;
const mmap: Decision = {
  word: "argument3",
  test: "hasAnyOf",
  value: MAP_GROWSDOWN,
  yes: refuse,
  no: {
    word: "argument3",
    mask: MAP_SHARED | MAP_ANONYMOUS,
    test: "equals",
    value: MAP_SHARED | MAP_ANONYMOUS,
    yes: refuse,
    no: allow,
  },
};

/** linux/socket.h and linux/net.h */
const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_FLAGS = 0x800 | 0x8_0000;
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;

const unixOnly: Decision = is("argument0", AF_UNIX, allow, fail(EAFNOSUPPORT));
/** Other protocols would load further parts of the kernel by being asked for. */
const internet: Decision = {
  ...{ word: "argument1", mask: ~SOCK_FLAGS >>> 0, test: "equals", value: SOCK_STREAM },
  yes: protocol(IPPROTO_TCP),
  no: {
    ...{ word: "argument1", mask: ~SOCK_FLAGS >>> 0, test: "equals", value: SOCK_DGRAM },
    yes: protocol(IPPROTO_UDP),
    no: refuse,
  },
};
const socketOfNetwork = is("argument0", AF_INET, internet, is("argument0", AF_INET6, internet, unixOnly));

function protocol(number: number): Decision {
  return is("argument2", 0, allow, is("argument2", number, allow, fail(EPROTONOSUPPORT)));
}

function is(word: Word, value: number, yes: Decision, no: Decision): Decision {
  return { word, test: "equals", value, yes, no };
}

function refuseEach(word: Word, values: readonly number[]): Decision {
  return values.reduceRight<Decision>((rest, value) => is(word, value, refuse, rest), allow);
}

function refuseAny(word: Word, bits: number): Decision {
  return { word, test: "hasAnyOf", value: bits, yes: refuse, no: allow };
}

function refuseUnless(word: Word, bits: number, rest: Decision): Decision {
  return { word, test: "hasAnyOf", value: bits, yes: rest, no: refuse };
}

function refuseSetIdFile(flags: Word, mode: Word): Decision {
  return {
    word: flags,
    test: "hasAnyOf",
    value: CREATES,
    yes: refuseAny(mode, SET_ID_BITS),
    no: allow,
  };
}
