import { readlinkSync } from "node:fs";
import { homedir } from "node:os";
import { dirname } from "node:path";
import { leakedDescriptors } from "../leaked-descriptors.js";
import { openAbstractListener } from "./abstract-listener.js";
import { allProbes } from "./all-probes.js";
import type { CanaryFacts, NamespaceName } from "./canary-facts.js";
import { type ProbedDenial, type ProbeProgram, probeProgram } from "./probe-program.js";
import type { CanaryArch } from "./system-calls.js";
import { type NotRun, runTrial, type TrialPlace, type TrialTerms } from "./trial.js";
import { watchDenial } from "./watch-denial.js";

const FIRST_DESCRIPTOR = 4;
/** Folders that a sandbox has as well, for its program's sake. */
const commonFolders = new Set(["data", "dev", "etc", "lib", "lib64", "module", "proc", "run", "tmp", "usr"]);

export type CanaryResult = { readonly isRun: true; readonly denials: readonly ProbedDenial[] } | NotRun;

/**
 * Lets a canary try what modules must not do, and tells how each attempt ended. Takes some 30 ms. Never rejects; nothing
 * of it is left afterwards.
 */
export async function runCanary(terms: TrialTerms, arch: CanaryArch): Promise<CanaryResult> {
  const listener = await openAbstractListener();
  let program: ProbeProgram | undefined;
  let watch = watchDenial(undefined);
  try {
    const result = await runTrial(
      terms,
      "canary",
      (place) => {
        program = probeProgram(arch, allProbes(factsOf(terms, arch, place, listener?.name)), place.token);
        return program;
      },
      (pid) => {
        watch = watchDenial(pid);
      },
    );
    if (!result.isRun) return result;
    const seen = program?.read(result.answers) ?? [];
    return { isRun: true, denials: [...seen, { ...watch, layer: "watch", isTelling: true }] };
  } finally {
    listener?.close();
  }
}

function factsOf(
  { user }: TrialTerms,
  arch: CanaryArch,
  { folder, request, seen, environment }: TrialPlace,
  socketName: Buffer | undefined,
): CanaryFacts {
  const codeDir = dirname(seen.entryPath);
  return {
    arch,
    hostPid: process.pid,
    user,
    namespaces: ownNamespaces(),
    codeDir,
    codeWitness: `${codeDir}/${folder.codeWitness.slice(folder.codeDir.length + 1)}`,
    openFile: folder.openFile,
    homeDir: ownHome(),
    socketName,
    limits: request.limits,
    // The sandbox tells its working directory this way.
    environment: [
      ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      `PWD=${seen.dataDir}`,
    ],
    coveredDescriptors: coveredDescriptors(),
  };
}

function ownNamespaces(): CanaryFacts["namespaces"] {
  const found: Partial<Record<NamespaceName, string>> = {};
  for (const name of ["ipc", "net", "pid", "uts"] as const) {
    const link = readLink(`/proc/self/ns/${name}`);
    if (link !== undefined) found[name] = link;
  }
  return found;
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function ownHome(): string | undefined {
  const home = homedir();
  const [, first = ""] = home.split("/");
  return first === "" || commonFolders.has(first) ? undefined : home;
}

/** Up to the last one that was left open, the gaps included. */
function coveredDescriptors(): number[] {
  const last = Math.min(63, Math.max(0, ...leakedDescriptors()));
  return Array.from(
    { length: Math.max(0, last - FIRST_DESCRIPTOR + 1) },
    (_, place) => FIRST_DESCRIPTOR + place,
  );
}
