import { arm64Calls } from "./calls-arm64.js";
import { type CallName, x64Calls } from "./calls-x64.js";

/** How programs of one kind of processor call the kernel. */
export interface Architecture {
  /** AUDIT_ARCH_… of linux/audit.h: what the kernel shows a filter for programs of this kind. */
  readonly auditNumber: number;
  readonly calls: Readonly<Partial<Record<CallName, number>>>;
  /** From this number on calls are of another kind of program, with rules that nobody wrote down here. */
  readonly foreignFrom?: number;
}

/** The last call that the tables know: set_mempolicy_home_node of Linux 5.17; the same number everywhere. */
export const LAST_KNOWN_CALL = 450;

const architectures: ReadonlyMap<string, Architecture> = new Map<string, Architecture>([
  // __X32_SYSCALL_BIT of arch/x86/include/uapi/asm/unistd.h: programs with short pointers.
  ["x64", { auditNumber: 0xc000_003e, calls: x64Calls, foreignFrom: 0x4000_0000 }],
  ["arm64", { auditNumber: 0xc000_00b7, calls: arm64Calls }],
]);

/** By the name that `process.arch` has for it; undefined where there is no table. */
export function architectureOf(name: string): Architecture | undefined {
  return architectures.get(name);
}

/** Whether there is a filter for a kind of processor, by its name in `process.arch`; if not, why. */
export function seccompSupport(
  arch: string,
): { readonly isSupported: true } | { readonly isSupported: false; readonly reason: string } {
  if (architectures.has(arch)) return { isSupported: true };
  const known = [...architectures.keys()].join(" and ");
  return {
    isSupported: false,
    reason: `there is a filter of system calls for ${known} only, not for ${arch}`,
  };
}
