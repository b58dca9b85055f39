import { access, constants } from "node:fs/promises";
import type { Config } from "../config.js";
import { errorCode, errorMessage } from "../errors.js";
import { layerName, type Sandbox, type SandboxReport } from "../sandbox/index.js";

const MIB = 1024 * 1024;

type Row = readonly [name: string, value: string];

/** One row per layer: what enforces it, or why it doesn't hold, what follows, and what to do about it. */
export function layerRows({ layers }: SandboxReport): readonly (readonly string[])[] {
  return layers.map((layer) => {
    const { status, mechanism, reason, consequence, remedy } = layer;
    const parts = [mechanism, reason, consequence, remedy].filter((part) => part !== null);
    return [layerName(layer), status, parts.join("; ") || layer.title];
  });
}

/** What else decides over how modules run on this machine. */
export async function doctorFacts(sandbox: Sandbox, { modules, file }: Config): Promise<readonly Row[]> {
  const { machine } = sandbox;
  const { platform, arch, nodePath, runtimeDataBytes, hostUid, user } = machine;
  const missing = (["bwrap", "setpriv", "prlimit"] as const).filter(
    (name) => machine.tools[name] === undefined,
  );
  return [
    ["machine", `${platform} ${arch}`],
    ["programs missing", missing.join(", ") || "none"],
    ["Node.js", `${process.version}, ${nodePath}`],
    ["its own memory", `${Math.round(runtimeDataBytes / MIB)} MiB, before a module's budget begins`],
    ["host runs as", hostUid === undefined ? "this user" : hostUid === 0 ? "root" : `uid ${hostUid}`],
    [
      "modules run as",
      user === undefined ? "the host's user" : `${user.name} (uid ${user.uid}, gid ${user.gid})`,
    ],
    ["configuration", file ?? "defaults"],
    [
      "modules_dir",
      modules.modules_dir === undefined
        ? "those that ship with the package"
        : await folderFact(modules.modules_dir),
    ],
    ["data_dir", (await blockedFact(sandbox, modules.data_dir)) ?? (await folderFact(modules.data_dir))],
  ];
}

async function folderFact(path: string): Promise<string> {
  try {
    await access(path, constants.R_OK | constants.X_OK);
    return path;
  } catch (error) {
    const code = errorCode(error);
    return `${path} ${code === "ENOENT" ? "does not exist yet" : `can't be read by the host: ${code}`}`;
  }
}

/** What keeps the modules' user from a folder that it has to pass through. */
async function blockedFact(sandbox: Sandbox, path: string): Promise<string | undefined> {
  return sandbox.requireReach(path).then(() => undefined, errorMessage);
}
