import { readFileSync, statSync } from "node:fs";
import type { Machine } from "../machine.js";
import type { LayerFinding } from "./totals.js";

/**
 * L7: whether this system tells what processes use, which is what the host measures each second.
 * @param pid a process to look at; one that the sandbox started proves it, this one only that /proc is there
 */
export function watchStatus({ platform }: Machine, pid: number | "self" = "self"): LayerFinding {
  const mechanism = "the host reads /proc each second, ten times as often near a limit";
  if (platform !== "linux") {
    return missing(`${platform} has no /proc`, null);
  }
  try {
    readFileSync(`/proc/${pid}/stat`, "latin1");
    statSync(`/proc/${pid}/fd/`);
    return { status: "enforced", mechanism, reason: null, remedy: null };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return missing(reason, "let the host's user see its own processes in /proc (hidepid)");
  }
}

function missing(reason: string, remedy: string | null): LayerFinding {
  return { status: "missing", mechanism: null, reason, remedy };
}
