// @ts-check
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { runChild } from "./run-child.mjs";
import { SetupError } from "./setup-error.mjs";

/** What the tests run beside Node, and the Debian packages that hold it. Programs are looked up in PATH. */
const NEEDS = [
  { file: "setpriv", package: "util-linux" },
  { file: "prlimit", package: "util-linux" },
  { file: "ps", package: "procps" },
  { file: "bwrap", package: "bubblewrap" },
  { file: "gcc", package: "gcc" },
  { file: "/usr/include/stdio.h", package: "libc6-dev" },
  { file: "python3", package: "python3" },
  { file: "nats-server", package: "nats-server" },
  { file: "prometheus", package: "prometheus" },
  { file: "promtool", package: "prometheus" },
  { file: "chromium", package: "chromium" },
];

/**
 * The Debian packages that the tests need and this machine lacks; none where there are no Debian packages to be had.
 * @param {string} [searchPath]
 * @param {NodeJS.Platform} [platform]
 * @param {readonly string[]} [systemFolders]
 */
export function missingPackages(
  searchPath = process.env.PATH ?? "",
  platform = process.platform,
  systemFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin"],
) {
  if (platform !== "linux") return [];
  const folders = searchPath.split(delimiter);
  // Servers are installed where ordinary users don't look for programs.
  folders.push(...systemFolders);
  const isThere = (/** @type {string} */ file) => folders.some((folder) => isReadable(join(folder, file)));
  const missing = NEEDS.filter(({ file }) => !(file.startsWith("/") ? isReadable(file) : isThere(file)));
  return [...new Set(missing.map((need) => need.package))];
}

/**
 * Whether packages may be installed without asking: a machine that runs CI is there for that, any other is somebody's.
 * @param {{ env?: NodeJS.ProcessEnv, uid?: number | undefined }} [about]
 */
export function mayInstall({ env = process.env, uid = process.getuid?.() } = {}) {
  const isCi = env.CI !== undefined && env.CI !== "";
  return (
    isCi &&
    uid === 0 &&
    (env.PATH ?? "").split(delimiter).some((folder) => isReadable(join(folder, "apt-get")))
  );
}

/**
 * What to do about missing packages, for whoever may.
 * @param {readonly string[]} packages
 */
export function installCommand(packages) {
  return `apt-get update && apt-get install --no-install-recommends ${packages.join(" ")}`;
}

/**
 * Installs Debian packages.
 * @param {readonly string[]} packages
 * @param {{ cwd: string, say: (line: string) => void, env?: NodeJS.ProcessEnv }} options
 * @throws {SetupError} when apt-get did not
 */
export async function installPackages(packages, { cwd, say, env = process.env }) {
  say(`installing ${packages.join(", ")} for the tests (apt-get) …`);
  const options = { cwd, env: { ...env, DEBIAN_FRONTEND: "noninteractive" } };
  const quiet = ["-y", "-qq", "--no-install-recommends"];
  const update = await runChild(["apt-get", "update", "-qq"], options);
  const code = update === 0 ? await runChild(["apt-get", "install", ...quiet, ...packages], options) : update;
  if (code === 0) return;
  throw new SetupError(
    `apt-get ended with exit code ${code}, its reasons stand above; as root: ${installCommand(packages)}`,
  );
}

/** @param {string} path */
function isReadable(path) {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
