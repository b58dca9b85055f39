import { randomUUID } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { filterProgram } from "./filter-program.js";
import type { SeccompPolicy } from "./policy.js";

/**
 * The path of a policy's filter in a folder of this host alone. It is written when it isn't there, or isn't what it is to
 * be, as after a crash and an update: whole, and in one step, so that other starts read the old one or the new one.
 * Whoever made the folder removes it.
 * @param arch as `process.arch` names it
 * @throws RangeError for one without a table: ask `seccompSupport` first
 */
export async function filterFile(folder: string, arch: string, policy: SeccompPolicy): Promise<string> {
  const { network, spawn } = policy;
  const program = filterProgram(arch, policy);
  const path = join(folder, `${arch}-${network ? "net" : "unix"}-${spawn ? "spawn" : "single"}.bpf`);
  const present = await readFile(path).catch(() => undefined);
  if (present?.equals(program) === true) return path;
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, program, { flag: "wx", mode: 0o400 });
  await rename(draft, path);
  return path;
}
