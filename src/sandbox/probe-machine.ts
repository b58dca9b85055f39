import { realpath } from "node:fs/promises";
import { release } from "node:os";
import { askProgram } from "./ask-program.js";
import { findCgroup } from "./cgroup/find-cgroup.js";
import type { Machine, UserIds } from "./machine.js";
import { probeSetpriv } from "./setpriv-probe.js";
import { findTools } from "./tools.js";

/** What an idle runtime took where it was measured last; for machines that don't tell. */
const USUAL_RUNTIME = { dataBytes: 40 * 1024 * 1024, residentBytes: 44 * 1024 * 1024 };

export interface ProbeOptions {
  readonly nodePath: string;
  readonly user: UserIds | undefined;
  /** Where programs are looked for first. */
  readonly searchPath?: string | undefined;
  /** Of another machine, which then has none of the programs. Default: this one's. */
  readonly platform?: NodeJS.Platform | undefined;
}

/** What a launch without any layer needs to know; takes some milliseconds. Never rejects. */
export async function probeWithoutLayers({
  nodePath,
  searchPath,
  platform = process.platform,
}: Omit<ProbeOptions, "user">): Promise<Machine> {
  const setpriv = platform === "linux" ? await probeSetpriv(searchPath) : undefined;
  return {
    platform,
    arch: process.arch,
    hostUid: process.getuid?.(),
    user: undefined,
    tools: setpriv === undefined ? {} : { setpriv },
    nodePath,
    runtimeDataBytes: 0,
  };
}

/** Finds out what this machine offers; takes some 50 ms. Never rejects. */
export async function probeMachine({
  nodePath,
  user,
  searchPath,
  platform = process.platform,
}: ProbeOptions): Promise<Machine> {
  const [{ setpriv: _unproven, ...tools }, setpriv, runtime, realNodePath, cgroup] = await Promise.all([
    findTools(searchPath),
    probeSetpriv(searchPath),
    measureRuntime(nodePath),
    realpath(nodePath).catch(() => nodePath),
    findCgroup(),
  ]);
  return {
    platform,
    arch: process.arch,
    hostUid: process.getuid?.(),
    user,
    // Elsewhere programs of these names, if there are any, are others.
    tools: platform === "linux" ? { ...tools, ...(setpriv === undefined ? {} : { setpriv }) } : {},
    nodePath: realNodePath,
    runtimeDataBytes: runtime.dataBytes,
    runtimeResidentBytes: runtime.residentBytes,
    kernelRelease: release(),
    cgroup,
    leftOut: new Set(),
  };
}

/**
 * What an idle runtime with its pool of threads has. Asking for the file makes the pool, whose stacks count as data.
 * Reserved beyond what is resident: 38 MB with Node 20, and some ten times that with Node 24, so it is measured.
 */
async function measureRuntime(nodePath: string): Promise<typeof USUAL_RUNTIME> {
  const program =
    'require("fs").readFile("/proc/self/status","latin1",(error,text)=>process.stdout.write(text??""))';
  const { output } = await askProgram(nodePath, ["-e", program], { timeout: 5000 });
  const [data, residentBytes] = [kibibytesOf(output, "VmData"), kibibytesOf(output, "VmRSS")];
  if (data === undefined || residentBytes === undefined) return USUAL_RUNTIME;
  return { dataBytes: Math.max(0, data - residentBytes), residentBytes };
}

function kibibytesOf(status: string, field: string): number | undefined {
  const [, kibibytes] = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status) ?? [];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}
