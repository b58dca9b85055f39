import { execFile, spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { closeSync, openSync } from "node:fs";
import { chmod, chown, copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { silentLogger } from "../../src/log.js";
import { ProgramFinder } from "../../src/sandbox/find-program.js";
import {
  type ActiveLayers,
  commandLine,
  FILTER_DESCRIPTOR,
  INFO_DESCRIPTOR,
  isNested,
  seenPaths,
} from "../../src/sandbox/launch-command.js";
import type { LaunchGrants, LaunchRequest } from "../../src/sandbox/launch-request.js";
import type { LayerId } from "../../src/sandbox/layer.js";
import type { Machine, UserIds } from "../../src/sandbox/machine.js";
import { probeMachine } from "../../src/sandbox/probe-machine.js";
import { filterFile } from "../../src/sandbox/seccomp/filter-file.js";
import { policyOf } from "../../src/sandbox/seccomp/policy.js";
import { spawnModule } from "../../src/supervisor/module-process.js";
import { firstLine, wholeText } from "./process-launch.js";
import { type TempDir, tempDir } from "./process-temp-dir.js";
import { launchRequest } from "./sandbox-off.js";

const MIB = 1024 * 1024;
const fixtures = fileURLToPath(new URL("../fixtures/sandbox/", import.meta.url));
const nobody: UserIds = { name: "nobody", uid: 65534, gid: 65534 };
const programNames = ["static", "dynamic", "library.node"];
const isRoot = process.getuid?.() === 0;

/** Who starts modules: a root whose modules become nobody, or an ordinary user whose modules are that user. */
export type HostKind = "root" | "unprivileged";
/** Both where this process may be both. */
export const hostKinds: readonly HostKind[] = isRoot ? ["root", "unprivileged"] : ["unprivileged"];

const allLayers: readonly LayerId[] = ["identity", "filesystem", "network", "kernel", "limits"];

/** How each attempt ended, by name: "done", or the name of the errno or signal that ended it. */
export type Outcomes = ReadonlyMap<string, string>;

export interface AttackOptions {
  /** Layers that are left out. Default: none. */
  readonly without?: readonly LayerId[];
  readonly grants?: Partial<LaunchGrants>;
  /** What the program is told to do; everything by default. */
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Changes the command line: for what is denied by a part of a layer. */
  readonly edit?: (line: readonly string[]) => readonly string[];
}

/** A machine under attack: a host's private file, another module with data, code, process and sockets, and the attacker. */
export interface Battlefield extends AsyncDisposable {
  /** Runs one of {@link programs} and reads what it tells. */
  attack(program: string, options?: AttackOptions): Promise<Outcomes>;
  /** Like {@link attack}, with all that was printed and how the process ended. */
  run(program: string, options?: AttackOptions): Promise<{ output: string; errors: string; code: string }>;
}

/** Compiles the attacker as `static`, `dynamic` and, to be loaded by others, `library.node`, into a folder of its own. */
export async function compileAttacker(): Promise<TempDir> {
  const folder = await tempDir();
  const sources = ["main", "files", "processes", "sockets", "kernel", "resources"].map((name) =>
    join(fixtures, "attacker", `${name}.c`),
  );
  const compile = (name: string, ...flags: string[]) =>
    promisify(execFile)("gcc", ["-O0", "-pthread", ...flags, "-o", join(folder.path, name), ...sources]);
  await Promise.all([
    compile("static", "-static"),
    compile("dynamic"),
    compile("library.node", "-shared", "-fPIC", "-fvisibility=hidden", "-DIS_LIBRARY"),
  ]);
  return folder;
}

/** @param programs what {@link compileAttacker} made; copied */
export async function battlefield(kind: HostKind, programs: TempDir): Promise<Battlefield> {
  const machine = await machineOf(kind);
  const finder = new ProgramFinder(machine);
  const wrappers = [machine.tools.prlimit, machine.tools.env].filter((tool) => tool !== undefined);
  const wrapperNeeds = (await Promise.all(wrappers.map((tool) => finder.needsOf(tool)))).flat();
  const hostIds = kind === "root" || !isRoot ? undefined : nobody;
  const moduleIds = isRoot ? nobody : undefined;
  const root = await mkdtemp(join(tmpdir(), "blvm-escape-"));
  const path = (...parts: string[]) => join(root, ...parts);
  const folders = [
    "code",
    "state",
    "state/attacker",
    "state/neighbour",
    "state/neighbour/data",
    "neighbour-code",
  ];
  for (const name of [...folders, "socket", "neighbour-socket", "filter"]) await mkdir(path(name));
  for (const name of programNames) await copyFile(join(programs.path, name), path("code", name));
  await writeFile(path("code", "readme"), "the attacker's");
  await copyFile(join(fixtures, "attacker.mjs"), path("code", "attacker.mjs"));
  const secret = path("host-secret");
  await writeFile(secret, "the host's", { mode: 0o600 });
  await writeFile(path("state/neighbour/data/diary"), "another module's", { mode: 0o600 });
  await writeFile(path("neighbour-code/main.js"), "another module's");
  await chmod(root, 0o755);
  const own = async (names: readonly string[], ids: UserIds | undefined) => {
    for (const name of names) if (ids !== undefined) await chown(path(name), ids.uid, ids.gid);
  };
  await own(
    ["state/attacker", "state/neighbour", "state/neighbour/data", "state/neighbour/data/diary"],
    moduleIds,
  );
  const codeFiles = [...programNames, "attacker.mjs", "readme"].map((name) => join("code", name));
  await own([".", "host-secret", "code", "state", "socket", ...codeFiles], hostIds);
  if (isRoot) await setUserId(path("code"));
  // A fact of the whole machine: the name must be this run's own.
  const abstract = `blvm-escape-${process.pid}-${kind}`;
  const shm = `/dev/shm/${abstract}`;
  await writeFile(shm, "another module's");
  await chmod(shm, 0o666);
  const neighbour = startAs(moduleIds, path("code/static"), ["neighbour"], { ABSTRACT: abstract });
  await firstLine(neighbour.stdout);
  const host = hostIds === undefined ? undefined : startAs(hostIds, "/bin/cat", [], { SECRET: "the host's" });
  const servers = await Promise.all([
    listen(path("neighbour-socket", "node.sock")),
    listen(path("control.sock")),
    listen(0),
  ]);
  for (const name of ["neighbour-socket/node.sock", "control.sock"]) await chmod(path(name), 0o777);
  const tcpPort = portOf(servers[2]);
  const names = await answerNames();

  async function run(program: string, options: AttackOptions = {}) {
    const active: ActiveLayers = new Set(allLayers.filter((id) => options.without?.includes(id) !== true));
    const entryPath = path("code", program);
    const base = launchRequest({ entryPath, dataDir: path("state/attacker") });
    const request: LaunchRequest = {
      ...base,
      socketPath: path("socket", "node.sock"),
      limits: { ...base.limits, memoryBytes: 256 * MIB },
      grants: { ...base.grants, ...options.grants },
    };
    const seen = seenPaths(active, request);
    const isHidden = active.has("filesystem");
    const found = await finder.find({
      entryPath,
      codePath: request.codePath,
      seenPath: seen.entryPath,
      memoryBytes: request.limits.memoryBytes,
      isHidden,
    });
    const needs = [...found.needs, ...wrapperNeeds];
    const inSandbox = commandLine(machine, active, request, found, needs);
    const line = [...becoming(hostIds), ...inSandbox, ...(options.args ?? [])];
    const filterPath = await filterFile(path("filter"), machine.arch, policyOf(request.grants));
    const filter = active.has("kernel") ? openSync(filterPath, "r") : undefined;
    const [command = "", ...args] = options.edit?.(line) ?? line;
    const started = spawnModule(
      { log: silentLogger },
      {
        command,
        args,
        environment: {
          ABSTRACT: abstract,
          CODE_DIR: isHidden ? "/module" : path("code"),
          CODE_FILE: join(isHidden ? "/module" : path("code"), "readme"),
          CONTROL_SOCKET: path("control.sock"),
          DATA_DIR: seen.dataDir,
          DNS_PORT: String(names.address().port),
          HOST_PID: String(host?.pid ?? process.pid),
          HOST_SECRET: secret,
          NEIGHBOUR_CODE: path("neighbour-code/main.js"),
          NEIGHBOUR_FILE: path("state/neighbour/data/diary"),
          NEIGHBOUR_PID: String(neighbour.pid),
          NEIGHBOUR_SHM: shm,
          NEIGHBOUR_SOCKET: path("neighbour-socket/node.sock"),
          SOCKET_DIR: isHidden ? "/run/blvm" : path("socket"),
          TCP_PORT: String(tcpPort),
          ...options.environment,
        },
        dataDir: request.dataDir,
        token: "token",
        descriptors: new Map(filter === undefined ? [] : [[FILTER_DESCRIPTOR, filter]]),
        infoDescriptor: isNested(active) ? INFO_DESCRIPTOR : undefined,
      },
    );
    if (filter !== undefined) closeSync(filter);
    const [output, errors, exit] = await Promise.all([
      wholeText(started.stdout),
      wholeText(started.stderr),
      started.exited,
    ]);
    return { output, errors, code: exit.reason };
  }

  return {
    run,
    async attack(program, options) {
      const { output, errors, code } = await run(program, options);
      const lines = output.split("\n").filter((line) => line.includes("\t"));
      if (lines.length === 0) throw new Error(`${program} told nothing and ${code}: ${errors}`);
      return new Map(lines.map((line) => line.split("\t") as [string, string]));
    },
    async [Symbol.asyncDispose]() {
      neighbour.end();
      host?.end();
      names.close();
      await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
      await rm(root, { recursive: true, force: true });
      await rm(shm, { force: true });
    },
  };
}

async function machineOf(kind: HostKind): Promise<Machine> {
  const user = kind === "root" ? nobody : undefined;
  const machine = await probeMachine({ nodePath: process.execPath, user });
  return kind === "root" ? machine : { ...machine, hostUid: isRoot ? nobody.uid : machine.hostUid };
}

async function setUserId(codeDir: string): Promise<void> {
  const path = join(codeDir, "set-user-id");
  await copyFile(join(codeDir, "static"), path);
  await chown(path, 0, 0);
  await chmod(path, 0o4755);
}

function becoming(ids: UserIds | undefined): string[] {
  if (ids === undefined) return [];
  return ["setpriv", "--reuid", String(ids.uid), "--regid", String(ids.gid), "--clear-groups", "--"];
}

/** A process that lives until `end`; by then it reads its standard input. */
function startAs(ids: UserIds | undefined, program: string, args: string[], env: Record<string, string>) {
  const [command = "", ...rest] = [...becoming(ids), program, ...args];
  const child = spawn(command, rest, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
  });
  return { pid: child.pid ?? 0, stdout: child.stdout, end: () => child.stdin.end() };
}

function listen(where: string | number): Promise<Server> {
  const server = createServer((socket) =>
    socket
      .on("error", () => {})
      .end("hello")
      .resume(),
  );
  return new Promise((resolve) => {
    if (typeof where === "number") server.listen(where, "127.0.0.1", () => resolve(server));
    else server.listen(where, () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("no port");
  return address.port;
}

/** A name server that has one address for every name. */
async function answerNames(): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.on("message", (question, from) => {
    const header = Buffer.from([...question.subarray(0, 2), 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    const end = question.indexOf(0, 12) + 5;
    const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]);
    socket.send(Buffer.concat([header, question.subarray(12, end), answer]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return socket;
}
