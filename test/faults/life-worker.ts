import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { blockFile } from "../kit/host-whole.js";
import { distUrl } from "../kit/process-dist.js";

const WORKER = fileURLToPath(new URL("./life-worker.mjs", import.meta.url));

/** With sandboxed modules the host asks the machine much more, at its start and at each of theirs. */
export type SandboxMode = "off" | "auto";

/** One call that fails, and how. */
export interface Fault {
  readonly key: string;
  readonly code: string;
}

export interface Refusal {
  readonly what: string;
  readonly code: string;
  readonly message: string;
  readonly isOurs: boolean;
}

/** What a life came to: operations that were refused, and what did not fit. */
export interface Life {
  readonly isStarted: boolean;
  readonly refusals: readonly Refusal[];
  readonly problems: readonly string[];
}

/** A life with a fault, the short one after it on the same folders, and what was left of both. */
export interface LifeReport extends Life, Partial<Fault> {
  readonly isHit: boolean;
  readonly faults?: readonly { readonly key: string; readonly codes: readonly string[] }[];
  readonly lines: readonly string[];
  readonly uncaught: readonly string[];
  readonly held: readonly string[];
  readonly heldAgain: readonly string[];
  readonly leftBefore: readonly string[];
  readonly leftAfter: readonly string[];
  readonly leftInTheEnd: readonly string[];
  readonly again: Life;
  /** Present when the second host could not start in the same process. */
  readonly folders?: { readonly path: string; readonly dataDir: string; readonly modulesDir: string };
}

/** Runs lives in a process of their own, which must end by itself and with code 0. */
export async function runLives(
  job: { faults: readonly Fault[] } | { restart: object },
  sandbox: SandboxMode,
): Promise<LifeReport[]> {
  const child = spawn(process.execPath, [WORKER, distUrl("host.js"), blockFile("898352.raw"), sandbox], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit") as Promise<[number | null, string | null]>;
  child.stdin.end(JSON.stringify(job));
  const reports: LifeReport[] = [];
  for await (const line of createInterface({ input: child.stdout }))
    reports.push(JSON.parse(line) as LifeReport);
  const [code, signal] = await exited;
  if (code !== 0) throw new Error(`the process of ${reports.length} lives ended with ${code ?? signal}`);
  return reports;
}
