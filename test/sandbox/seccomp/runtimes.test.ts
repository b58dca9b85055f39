import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentLogger } from "../../../src/log.js";
import { type LaunchGrants, Sandbox } from "../../../src/sandbox/index.js";
import { filterProgram } from "../../../src/sandbox/seccomp/filter-program.js";
import type { TempDir } from "../../kit/process-temp-dir.js";
import { launchRequest } from "../../kit/sandbox-off.js";
import { isMissing } from "../../kit/tool.js";
import { networkAttempts, socketAttempts } from "./attempts.js";
import {
  compileCaller,
  errnosOf,
  openTempDir,
  type ProgramRun,
  runFiltered,
  runLine,
} from "./filtered-run.js";
import { callNumbers } from "./kernel-headers.js";

const cannotRun =
  isMissing("gcc", "gcc with libc6-dev") ||
  isMissing("bwrap", "bubblewrap") ||
  isMissing("setpriv", "util-linux");
const nothing = { network: false, spawn: false };

/** Uses what a module may use, and says for each how it went. */
const nodeProgram = `
import { Worker } from "node:worker_threads";
import { spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { gzip, gunzip } from "node:zlib";
import { pbkdf2 } from "node:crypto";
import { lookup } from "node:dns/promises";
import { createServer, connect } from "node:net";
import { once } from "node:events";
import { watch } from "node:fs";
import { writeFile, readFile } from "node:fs/promises";
const tell = {};
const attempt = async (name, run) => {
  tell[name] = await run().catch((error) => error.code ?? error.message);
};
await attempt("threads", async () => {
  const cells = new Int32Array(new SharedArrayBuffer(8));
  const source = 'const { workerData: c } = require("worker_threads"); Atomics.wait(c, 0, 0); Atomics.store(c, 1, 7); Atomics.notify(c, 1);';
  const worker = new Worker(source, { eval: true, workerData: cells });
  await once(worker, "online");
  Atomics.store(cells, 0, 1);
  Atomics.notify(cells, 0);
  await once(worker, "exit");
  return cells[1];
});
await attempt("wasm", async () => {
  const bytes = Buffer.from("0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b", "hex");
  const { instance } = await WebAssembly.instantiate(bytes);
  new WebAssembly.Memory({ initial: 16, maximum: 64, shared: true }).grow(1);
  return instance.exports.add(40, 2);
});
await attempt("zlib", async () => String(await promisify(gunzip)(await promisify(gzip)("packed"))));
await attempt("crypto", async () => (await promisify(pbkdf2)("a", "b", 10, 8, "sha256")).length);
await attempt("files", async () => {
  const watcher = watch("/data");
  const changed = once(watcher, "change");
  await writeFile("/data/file", "written");
  await changed;
  watcher.close();
  return readFile("/data/file", "utf8");
});
await attempt("unix", async () => {
  const server = createServer((socket) => socket.end("heard")).listen("/data/s");
  await once(server, "listening");
  const [text] = await once(connect("/data/s").setEncoding("utf8"), "data");
  server.close();
  return text;
});
await attempt("tcp", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  server.close();
  return "listened";
});
await attempt("name", async () => (await lookup("localhost", 4)).address);
await attempt("process", async () => {
  const { error, status } = spawnSync(process.execPath, ["-e", ""]);
  if (error) throw error;
  return status;
});
process.stdout.write(JSON.stringify(tell));
`;

const pythonProgram = `
import json, mmap, os, socket, threading, hashlib, zlib
def attempt(run):
    try:
        return run()
    except OSError as error:
        return os.strerror(error.errno)
done = []
thread = threading.Thread(target=lambda: done.append(1))
thread.start()
thread.join()
print(json.dumps({
    "threads": len(done),
    "zlib": zlib.decompress(zlib.compress(b"packed")).decode(),
    "hash": len(hashlib.sha256(b"a").digest()),
    "unix": attempt(lambda: socket.socket(socket.AF_UNIX) and "made"),
    "tcp": attempt(lambda: socket.socket() and "made"),
    "private": attempt(lambda: len(mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))),
    "shared": attempt(lambda: len(mmap.mmap(-1, 4096))),
    "stack": attempt(lambda: len(mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x100))),
    "memfd": attempt(lambda: os.memfd_create("a")),
    "fork": attempt(os.fork),
}))
`;

/** Is the name server that resolv.conf tells of, and asks it for a name by getaddrinfo. */
const resolverProgram = `
const { createSocket } = require("node:dgram");
const { lookup } = require("node:dns").promises;
const server = createSocket("udp4", (query, { port, address }) => {
  const reply = Buffer.concat([query.subarray(0, 12), query.subarray(12, query.indexOf(0, 12) + 5)]);
  const isA = reply.readUInt16BE(reply.length - 4) === 1;
  reply.writeUInt16BE(0x8180, 2);
  reply.writeUInt16BE(isA ? 1 : 0, 6);
  reply.fill(0, 8, 12);
  const answer = Buffer.from("c00c00010001000000010004c0000207", "hex");
  server.send(isA ? Buffer.concat([reply, answer]) : reply, port, address);
});
server.once("error", (error) => process.stdout.write(JSON.stringify({ error: error.message })));
server.bind(53, "127.0.0.1", async () => {
  const { address } = await lookup("node.example.org").catch((error) => ({ address: error.code }));
  let interfaces;
  try {
    interfaces = Object.keys(require("node:os").networkInterfaces());
  } catch {
    interfaces = "refused";
  }
  process.stdout.write(JSON.stringify({ address, interfaces }));
  server.close();
});
`;

describe.skipIf(cannotRun)("under the filter", () => {
  let dir: TempDir;
  let sandbox: Sandbox;

  beforeAll(async () => {
    dir = await openTempDir();
    const privateDir = join(dir.path, "private");
    sandbox = await Sandbox.open({ log: silentLogger }, { mode: "auto", privateDir });
  });
  afterAll(async () => {
    await sandbox?.close();
    await dir[Symbol.asyncDispose]();
  });

  it("a JavaScript module has threads, WebAssembly, shared memory, files and Unix sockets", async () => {
    const { output, errors } = await launch("main.mjs", nodeProgram, nothing);
    expect(JSON.parse(output || errors)).toEqual({
      ...{ threads: 7, wasm: 42, zlib: "packed", crypto: 8, files: "written", unix: "heard" },
      ...{ tcp: "EAFNOSUPPORT", process: "EPERM" },
      name: expect.stringMatching(/^E/),
    });
  });

  it("a JavaScript module with all grants has connections, names and processes as well", async () => {
    const { output, errors } = await launch("main.mjs", nodeProgram, { network: true, spawn: true });
    expect(JSON.parse(output || errors)).toMatchObject({
      ...{ threads: 7, wasm: 42, unix: "heard", tcp: "listened", name: "127.0.0.1", process: 0 },
    });
  });

  it("a compiled module gets the errnos of the policy through the whole chain", async () => {
    const numbers = callNumbers(process.arch);
    const run = async (grants: LaunchGrants, attempts: typeof socketAttempts) => {
      const lines = attempts.map(({ call, args }) => [numbers.get(call), ...args].join(" "));
      const { output } = await launch("caller", undefined, grants, `${lines.join("\n")}\n`);
      expect(errnosOf(output)).toEqual(attempts.map(({ filtered }) => filtered));
    };
    await run(nothing, socketAttempts);
    await run({ network: true, spawn: false }, networkAttempts);
  });

  it.skipIf(isMissing("python3", "python3"))("Python runs, without memory that no limit counts", async () => {
    const program = filterProgram(process.arch, nothing);
    const { output, errors } = await runFiltered(dir.path, program, ["python3", "-c", pythonProgram]);
    const denied = "Operation not permitted";
    expect(JSON.parse(output || errors)).toEqual({
      ...{ threads: 1, zlib: "packed", hash: 32, unix: "made", private: 4096 },
      ...{ tcp: "Address family not supported by protocol" },
      ...{ shared: denied, stack: denied, memfd: denied, fork: denied },
    });
  });

  it("a name server is asked, although the interfaces can't be listed", async () => {
    const etc = join(dir.path, "etc");
    mkdirSync(etc);
    writeFileSync(join(etc, "resolv.conf"), "nameserver 127.0.0.1\noptions timeout:2 attempts:2\n");
    writeFileSync(join(etc, "nsswitch.conf"), "hosts: files dns\n");
    const filter = filterProgram(process.arch, { network: true, spawn: false });
    const bubblewrap = [
      "--ro-bind",
      etc,
      "/etc",
      ...["--uid", "0", "--gid", "0"],
      "--cap-add",
      "CAP_NET_BIND_SERVICE",
    ];
    const command = [process.execPath, "-e", resolverProgram];
    const { output, errors } = await runFiltered(dir.path, filter, command, { bubblewrap });
    expect(JSON.parse(output || errors)).toEqual({ address: "192.0.2.7", interfaces: "refused" });
  });

  /** @param text of the entry point; undefined for the compiled caller */
  async function launch(
    name: string,
    text: string | undefined,
    grants: LaunchGrants,
    input = "",
  ): Promise<ProgramRun> {
    const [code, data, run] = ["code", "data", "run"].map((part) => join(dir.path, `${part}-${runs}`));
    runs += 1;
    if (code === undefined || data === undefined || run === undefined) throw new Error("unreachable");
    for (const folder of [code, data, run]) {
      mkdirSync(folder);
      chmodSync(folder, 0o755);
    }
    if (sandbox.owner !== undefined) chownSync(data, sandbox.owner.uid, sandbox.owner.gid);
    const entryPath = join(code, name);
    if (text === undefined) compileCaller(code);
    else await writeFile(entryPath, text);
    const request = {
      ...launchRequest({ entryPath, dataDir: data }),
      codePath: code,
      socketPath: join(run, "s"),
      grants,
    };
    const command = await sandbox.launch(request, () => ({ args: [], environment: { HOME: "/data" } }));
    try {
      const descriptors = new Map(command.descriptors);
      return await runLine([command.command, ...command.args], descriptors, {
        input,
        workingDir: command.workingDir,
        environment: command.environment,
        infoDescriptor: command.infoDescriptor,
      });
    } finally {
      command.close();
    }
  }
});

let runs = 0;
