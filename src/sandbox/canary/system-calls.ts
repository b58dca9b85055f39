/**
 * Numbers of the system calls that the canary makes: on x86_64, then on aarch64; undefined where there is no such call.
 * @see asm/unistd_64.h and asm-generic/unistd.h of the kernel
 */
const numbers = {
  add_key: [248, 217],
  bpf: [321, 280],
  capget: [125, 90],
  chroot: [161, 51],
  clock_settime: [227, 112],
  clone: [56, 220],
  clone3: [435, 435],
  close: [3, 57],
  connect: [42, 203],
  dup3: [292, 24],
  exit_group: [231, 94],
  faccessat: [269, 48],
  fcntl: [72, 25],
  fork: [57, undefined],
  ftruncate: [77, 46],
  geteuid: [107, 175],
  getgroups: [115, 158],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  io_uring_setup: [425, 425],
  ioctl: [16, 29],
  kcmp: [312, 272],
  keyctl: [250, 219],
  kill: [62, 129],
  memfd_create: [319, 279],
  memfd_secret: [447, 447],
  mmap: [9, 222],
  modify_ldt: [154, undefined],
  mount: [165, 40],
  mount_setattr: [442, 442],
  mq_open: [240, 180],
  name_to_handle_at: [303, 264],
  newfstatat: [262, 79],
  open_tree: [428, 428],
  openat: [257, 56],
  perf_event_open: [298, 241],
  personality: [135, 92],
  pidfd_getfd: [438, 438],
  prctl: [157, 167],
  prlimit64: [302, 261],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  ptrace: [101, 117],
  read: [0, 63],
  readlinkat: [267, 78],
  request_key: [249, 218],
  rt_sigaction: [13, 134],
  setns: [308, 268],
  setuid: [105, 146],
  shmget: [29, 194],
  socket: [41, 198],
  statfs: [137, 43],
  umount2: [166, 39],
  unshare: [272, 97],
  userfaultfd: [323, 282],
  vfork: [58, undefined],
  vmsplice: [278, 75],
  wait4: [61, 260],
  write: [1, 64],
} as const satisfies Record<string, readonly [x64: number, arm64: number | undefined]>;

export type SystemCall = keyof typeof numbers;
/** The processors that the canary can be made for, as `process.arch` names them. */
export type CanaryArch = "x64" | "arm64";

export const systemCalls = Object.keys(numbers) as readonly SystemCall[];

export function isCanaryArch(arch: string): arch is CanaryArch {
  return arch === "x64" || arch === "arm64";
}

/** @returns undefined where the architecture has no such call */
export function systemCallNumber(arch: CanaryArch, call: SystemCall): number | undefined {
  const [x64, arm64] = numbers[call];
  return arch === "x64" ? x64 : arm64;
}
