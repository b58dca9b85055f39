// @ts-check
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, delimiter, join } from "node:path";
import { acquireLock } from "./lock.mjs";
import { runChild } from "./run-child.mjs";
import { SetupError } from "./setup-error.mjs";

/** Bitcoin Core 29 with other defaults of policy: the same consensus code, RPC and ZMQ. Debian has it in sid alone. */
const PACKAGE = "bitcoin-knots";
const MIRROR = "http://deb.debian.org/debian";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
/** What all of it may take: 10 s on an idle machine, most of it for the list of sid's packages. */
const LIMIT_S = 150;
const WAIT_MS = 3 * 60_000;
/** Today it is 26 MB in 34 packages. */
const MOST_DOWNLOAD_BYTES = 120_000_000;
/** Where a Debian package has its libraries, and the program there that loads others. @type {Record<string, [string, string]>} */
const LOADERS = {
  x64: ["usr/lib/x86_64-linux-gnu", "ld-linux-x86-64.so.2"],
  arm64: ["usr/lib/aarch64-linux-gnu", "ld-linux-aarch64.so.1"],
};

/**
 * Where the fetched node is, or will be.
 * @param {string} root
 */
export function realNodeFile(root) {
  return join(root, ".setup/real-node/bitcoind");
}

/**
 * Whether tests have a real node: BITCOIND names one, or one was fetched.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} [env]
 */
export function hasRealNode(root, env = process.env) {
  return (env.BITCOIND !== undefined && env.BITCOIND !== "") || existsSync(realNodeFile(root));
}

/**
 * Why a node can't be fetched here; undefined where it can be tried.
 * @param {{ platform?: NodeJS.Platform, arch?: string, searchPath?: string, keyring?: string }} [machine]
 */
export function realNodeComplaint({
  platform = process.platform,
  arch = process.arch,
  searchPath = process.env.PATH ?? "",
  keyring = KEYRING,
} = {}) {
  if (platform !== "linux" || LOADERS[arch] === undefined)
    return `Debian has no real Bitcoin node for ${platform} on ${arch}`;
  const isThere = (/** @type {string} */ name) =>
    searchPath.split(delimiter).some((folder) => existsSync(join(folder, name)));
  const program = ["apt-get", "dpkg-deb", "timeout"].find((name) => !isThere(name));
  if (program !== undefined)
    return `a real Bitcoin node comes from Debian's packages, and ${program} is not on PATH`;
  if (!existsSync(keyring))
    return `a real Bitcoin node comes from Debian's packages, and their keys are missing (${keyring})`;
  return undefined;
}

/**
 * Fetches a real node for the tests into `.setup/real-node`, installs nothing and needs no root: apt-get works in folders
 * of its own and checks the signatures. Does nothing where {@link hasRealNode}. The node is there whole or not at all.
 * @param {string} root
 * @param {{ say: (line: string) => void, mirror?: string, env?: NodeJS.ProcessEnv }} options
 * @throws {SetupError} when there is none for this machine, or it can't be fetched
 */
export async function fetchRealNode(root, { say, mirror = MIRROR, env = process.env }) {
  if (hasRealNode(root, env)) return;
  const complaint = realNodeComplaint();
  if (complaint !== undefined) throw new SetupError(`${complaint}; set BITCOIND to a bitcoind of yours`);
  const setup = join(root, ".setup");
  const lock = await acquireLock(setup, {
    waitMs: WAIT_MS,
    onWait: (pid) => say(`process ${pid} is setting up here; waiting for it …`),
  });
  const work = join(setup, "real-node.unfinished");
  try {
    if (hasRealNode(root, env)) return;
    say(`fetching a real Bitcoin node for the tests (${PACKAGE} of Debian sid, 26 MB) …`);
    // What a killed set-up left.
    rmSync(work, { recursive: true, force: true });
    const run = stepsIn(work, lock.setWorker);
    await download(work, mirror, run);
    await unpack(work, run);
    keepWhatRuns(work);
    rmSync(join(setup, "real-node"), { recursive: true, force: true });
    renameSync(join(work, "kept"), join(setup, "real-node"));
  } finally {
    rmSync(work, { recursive: true, force: true });
    lock.release();
  }
}

/**
 * @param {string} work
 * @param {string} mirror
 * @param {Step} run
 */
async function download(work, mirror, run) {
  for (const folder of ["lists/partial", "archives/partial", "root"])
    mkdirSync(join(work, folder), { recursive: true });
  writeFileSync(join(work, "status"), "");
  writeFileSync(join(work, "sources.list"), `deb [signed-by=${KEYRING}] ${mirror} sid main\n`);
  writeFileSync(join(work, "apt.conf"), aptConfiguration(work));
  const apt = ["apt-get", "-c", join(work, "apt.conf"), "-qq"];
  const install = ["-y", "--no-install-recommends", "install", PACKAGE];
  await run([...apt, "update"]);
  let uris = "";
  try {
    uris = execFileSync("timeout", [`${LIMIT_S}`, ...apt, "--print-uris", ...install], { encoding: "utf8" });
  } catch {
    throw failed(`apt-get finds no ${PACKAGE} in ${mirror} sid, its reasons stand above`);
  }
  const bytes = downloadBytes(uris);
  if (bytes === 0 || bytes > MOST_DOWNLOAD_BYTES)
    throw failed(`${PACKAGE} and what it needs are ${bytes} bytes, 1 to ${MOST_DOWNLOAD_BYTES} are taken`);
  await run([...apt, "--download-only", ...install]);
}

/**
 * The sum of what `apt-get --print-uris` lists: 'address' name bytes hash.
 * @param {string} uris
 */
export function downloadBytes(uris) {
  return uris.split("\n").reduce((sum, line) => sum + Number(/^'[^']+' \S+ (\d+) /.exec(line)?.[1] ?? 0), 0);
}

/**
 * Folders of its own and nobody's hooks; proxies stay as the machine has them.
 * @param {string} work
 */
function aptConfiguration(work) {
  return `#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Install-Pkgs;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
Dir::Etc::sourcelist "${work}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State::lists "${work}/lists";
Dir::State::status "${work}/status";
Dir::State::extended_states "${work}/extended_states";
Dir::Cache "${work}";
Dir::Cache::archives "${work}/archives";
Dir::Log "${work}";
Debug::NoLocking "1";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::GzipIndexes "true";
Acquire::PDiffs "false";
Acquire::Retries "2";
Acquire::http::Timeout "20";
`;
}

/**
 * @param {string} work
 * @param {Step} run
 */
async function unpack(work, run) {
  const archives = join(work, "archives");
  for (const name of readdirSync(archives).filter((one) => one.endsWith(".deb"))) {
    const file = join(archives, name);
    await run(["dpkg-deb", "-x", file, join(work, "root")]);
    rmSync(file);
  }
}

/**
 * The program, the libraries that it loads, and a script that runs it with them and none of the machine's.
 * @param {string} work
 */
function keepWhatRuns(work) {
  const [libraries, loader] = LOADERS[process.arch] ?? ["", ""];
  const from = join(work, "root", libraries);
  const to = join(work, "kept");
  mkdirSync(join(to, "lib"), { recursive: true });
  const program = join(work, "root/usr/bin/bitcoind");
  const run = join(to, "bitcoind");
  try {
    const listed = execFileSync(join(from, loader), ["--library-path", from, "--list", program], {
      encoding: "utf8",
    });
    for (const [, file = ""] of listed.matchAll(/=> (\/\S+)/g)) {
      if (file.startsWith(from)) copyFileSync(file, join(to, "lib", basename(file)));
    }
    copyFileSync(join(from, loader), join(to, "lib", loader));
    copyFileSync(program, join(to, "lib/bitcoind"));
    writeFileSync(
      run,
      `#!/bin/sh\nhere=\${0%/*}/lib\nexec "$here/${loader}" --library-path "$here" "$here/bitcoind" "$@"\n`,
    );
    for (const file of [run, join(to, "lib", loader), join(to, "lib/bitcoind")]) chmodSync(file, 0o755);
    execFileSync(run, ["-version"], { stdio: "ignore", timeout: 30_000 });
  } catch (error) {
    throw failed(`the node doesn't run: ${/** @type {Error} */ (error).message.split("\n", 1)[0]}`);
  }
}

/**
 * Runs commands one after the other, all of them together within the limit.
 * @typedef {(command: string[]) => Promise<void>} Step
 * @param {string} cwd
 * @param {(pid: number) => void} onSpawn
 * @returns {Step}
 */
function stepsIn(cwd, onSpawn) {
  const endMs = performance.now() + LIMIT_S * 1000;
  return async (command) => {
    const leftS = Math.max(1, Math.ceil((endMs - performance.now()) / 1000));
    const code = await runChild(["timeout", "--kill-after=5", `${leftS}`, ...command], { cwd, onSpawn });
    if (code === 0) return;
    const reason = code === 124 ? `didn't end, all may take ${LIMIT_S} s` : `ended with exit code ${code}`;
    throw failed(`${command[0]} ${reason}`);
  };
}

/** @param {string} reason */
function failed(reason) {
  return new SetupError(
    `no real Bitcoin node for the tests: ${reason}; try again, or set BITCOIND to a bitcoind of yours`,
  );
}
