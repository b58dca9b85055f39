import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SeccompPolicy } from "./policy.js";

/** Writes the filter of a policy where bubblewrap can read it; the same policy is the same file. */
export async function filterFile(folder: string, arch: string, policy: SeccompPolicy): Promise<string> {
  const path = join(
    folder,
    `${arch}-${policy.network ? "net" : "unix"}-${policy.spawn ? "spawn" : "single"}.bpf`,
  );
  await writeFile(path, allowAll());
  return path;
}

/** One instruction: SECCOMP_RET_ALLOW. */
function allowAll(): Buffer {
  const program = Buffer.alloc(8);
  program.writeUInt16LE(0x06, 0);
  program.writeUInt32LE(0x7fff0000, 4);
  return program;
}
