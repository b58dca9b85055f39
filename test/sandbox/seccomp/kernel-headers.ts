import { execFileSync } from "node:child_process";

/** What arch/arm64/include/uapi/asm/unistd.h defines before it includes the common table. */
const arm64Wants = [
  "RENAMEAT",
  "NEW_STAT",
  "SET_GET_RLIMIT",
  "TIME32_SYSCALLS",
  "SYS_CLONE3",
  "MEMFD_SECRET",
];

const sources: Readonly<Record<string, readonly string[]>> = {
  x64: ["-include", "asm/unistd_64.h"],
  arm64: [...arm64Wants.map((name) => `-D__ARCH_WANT_${name}`), "-include", "asm-generic/unistd.h"],
};

/** The numbers of all system calls that the kernel headers of this machine name, for a kind of processor. */
export function callNumbers(arch: string): ReadonlyMap<string, number> {
  const defined = new Map<string, string>();
  const output = execFileSync("gcc", ["-E", "-dM", ...(sources[arch] ?? []), "-x", "c", "/dev/null"], {
    encoding: "utf8",
    timeout: 10_000,
  });
  for (const [, name = "", value = ""] of output.matchAll(/^#define (__NR\w*) (\S+)$/gm))
    defined.set(name, value);
  const numbers = new Map<string, number>();
  for (const [name, value] of defined) {
    const number = Number(defined.get(value) ?? value);
    if (name.startsWith("__NR_") && Number.isInteger(number)) numbers.set(name.slice("__NR_".length), number);
  }
  return numbers;
}
