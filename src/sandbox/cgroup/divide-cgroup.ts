import { errorMessage } from "../../errors.js";
import { askProgram } from "../ask-program.js";
import type { CgroupFiles } from "./cgroup-files.js";
import type { CgroupFinding } from "./find-cgroup.js";
import { joinGroupArgs } from "./join-group.js";
import { ModuleGroups } from "./module-groups.js";

const PROOF_TIMEOUT_MS = 3000;

/** What came of dividing the host's group; `groups` is the caller's to close. */
export interface DividedCgroup {
  readonly groups: ModuleGroups | undefined;
  readonly finding: CgroupFinding;
}

/**
 * Divides the group that was found and has the kernel refuse something in it: a shell in a group of one process can't
 * fork. Never rejects; what fails becomes the reason of the finding.
 */
export async function divideCgroup(
  finding: CgroupFinding | undefined,
  shell: string | undefined,
  files: CgroupFiles,
): Promise<DividedCgroup | undefined> {
  if (finding?.kind !== "delegated") return undefined;
  const remedy =
    "let the host be the only process of the control group that is delegated to it (systemd: Delegate=yes)";
  if (shell === undefined) {
    return {
      groups: undefined,
      finding: { kind: "none", reason: "there is no sh", remedy: "install a shell" },
    };
  }
  let groups: ModuleGroups | undefined;
  try {
    groups = await ModuleGroups.open(files, finding.path);
    const problem = await forkProblem(groups, shell);
    return { groups, finding: { kind: "divided", path: finding.path, problem } };
  } catch (error) {
    await groups?.close();
    const reason = `${finding.path} can't be divided: ${errorMessage(error)}`;
    return { groups: undefined, finding: { kind: "none", reason, remedy } };
  }
}

/** Undefined when the kernel refused to let the group grow; otherwise what happened instead. */
async function forkProblem(groups: ModuleGroups, shell: string): Promise<string | undefined> {
  const group = await groups.make("proof", [["pids.max", "1"]]);
  try {
    const [command = "", ...args] = joinGroupArgs(shell, group.procsPath);
    const probe = [...args, shell, "-c", "echo joined; (exit 0) && echo forked"];
    const { output } = await askProgram(command, probe, { timeout: PROOF_TIMEOUT_MS });
    if (output === "joined\n") return undefined;
    return output.includes("forked")
      ? "pids.max did not refuse a process"
      : "a process could not join a group";
  } finally {
    await group.close();
  }
}
