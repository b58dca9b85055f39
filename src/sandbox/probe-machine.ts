import { execFile } from "node:child_process";
import { realpath } from "node:fs/promises";
import type { Machine, UserIds } from "./machine.js";
import { probeSetpriv } from "./setpriv-probe.js";
import { findTools } from "./tools.js";

/** What an idle runtime took where it was measured last; for machines that don't tell. */
const USUAL_RUNTIME_DATA_BYTES = 64 * 1024 * 1024;

export interface ProbeOptions {
  readonly nodePath: string;
  readonly user: UserIds | undefined;
  /** Where programs are looked for first. */
  readonly searchPath?: string | undefined;
  /** Of another machine, which then has none of the programs. Default: this one's. */
  readonly platform?: NodeJS.Platform | undefined;
}

/** Finds out what this machine offers; takes some 50 ms. Never rejects. */
export async function probeMachine({
  nodePath,
  user,
  searchPath,
  platform = process.platform,
}: ProbeOptions): Promise<Machine> {
  const [{ setpriv: _unproven, ...tools }, setpriv, runtimeDataBytes, realNodePath] = await Promise.all([
    findTools(searchPath),
    probeSetpriv(searchPath),
    measureRuntime(nodePath),
    realpath(nodePath).catch(() => nodePath),
  ]);
  return {
    platform,
    arch: process.arch,
    hostUid: process.getuid?.(),
    user,
    // Elsewhere programs of these names, if there are any, are others.
    tools: platform === "linux" ? { ...tools, ...(setpriv === undefined ? {} : { setpriv }) } : {},
    nodePath: realNodePath,
    runtimeDataBytes,
    leftOut: new Set(),
  };
}

/** VmData of an idle runtime: 48 MB with Node 20, 573 MB with Node 24, so it is measured. */
function measureRuntime(nodePath: string): Promise<number> {
  const program = 'process.stdout.write(require("fs").readFileSync("/proc/self/status","latin1"))';
  return new Promise((resolve) => {
    execFile(nodePath, ["-e", program], { env: {}, timeout: 5000 }, (_error, output) => {
      const [, kib] = /^VmData:\s+(\d+) kB$/m.exec(output) ?? [];
      resolve(kib === undefined ? USUAL_RUNTIME_DATA_BYTES : Number(kib) * 1024);
    });
  });
}
