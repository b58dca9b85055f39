import { spawn } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";

const systemFolders = ["/usr/bin", "/bin", "/usr/sbin"];
const probeTimeoutMs = 2000;

/**
 * Looks for a `setpriv` that understands `--pdeathsig` (util-linux has it, busybox doesn't) by running it
 * once. Takes a few milliseconds, at most 2 s; ask once at start.
 * @returns its absolute path, or undefined. Never rejects.
 */
export async function probeSetpriv(searchPath = process.env.PATH ?? ""): Promise<string | undefined> {
  const folders = [...searchPath.split(delimiter).filter(isAbsolute), ...systemFolders];
  for (const folder of new Set(folders)) {
    const path = join(folder, "setpriv");
    if ((await isExecutable(path)) && (await understandsPdeathsig(path))) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function understandsPdeathsig(path: string): Promise<boolean> {
  const args = ["--pdeathsig", "KILL", "--", path, "--version"];
  const options = { stdio: "ignore", env: {}, timeout: probeTimeoutMs, killSignal: "SIGKILL" } as const;
  return new Promise((resolve) => {
    try {
      spawn(path, args, options)
        .once("error", () => resolve(false))
        .once("exit", (code) => resolve(code === 0));
    } catch {
      resolve(false);
    }
  });
}
