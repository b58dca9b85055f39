import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RpcCaller } from "../../src/chain/bitcoin-core/rpc-caller.js";
import { eventually, withDeadline } from "./ipc-deadline.js";
import { plainRpc } from "./plain-rpc.js";
import { tempDir } from "./process-temp-dir.js";

/** Where `node scripts/setup.mjs tools` puts the node that it fetches. */
const fetchedNode = fileURLToPath(new URL("../../.setup/real-node/bitcoind", import.meta.url));
/** A port that was free may be somebody else's by the time the node wants it. */
const mostAttempts = 3;

/**
 * The bitcoind that tests run against: the one that BITCOIND names, else the one that the set-up fetched. Without any
 * the reason is printed, and in CI it is thrown: `describe.skipIf(realBitcoind() === undefined)(…)`.
 */
export function realBitcoind({ fetched = fetchedNode } = {}): string | undefined {
  const { BITCOIND, CI } = process.env;
  if (BITCOIND !== undefined && BITCOIND !== "") return BITCOIND;
  if (existsSync(fetched)) return fetched;
  const found =
    "no bitcoind: BITCOIND names none, and node scripts/setup.mjs tools, which fetches one, has not run";
  if (CI !== undefined && CI !== "") throw new Error(`${found} (skipping is not allowed in CI)`);
  process.stderr.write(`skipped: ${found}\n`);
  return undefined;
}

export interface RealNodeOptions {
  /** Beside those for a regtest of its own that nobody connects to. */
  readonly args?: readonly string[];
  /** Whether it publishes every topic over ZMQ. */
  readonly zmq?: boolean;
}

/** A real node on an empty chain of its own; it ends with its scope, and with the process that started it. */
export interface RealNode extends AsyncDisposable {
  readonly url: string;
  readonly cookieFile: string;
  /** Where it listens to other nodes of this machine. */
  readonly p2pPort: number;
  /** Each call logs in as the cookie has it at the moment. */
  readonly rpc: RpcCaller;
  ask<Result = unknown>(method: string, ...params: readonly unknown[]): Promise<Result>;
  /** The number and the words of a call that must fail. */
  refusal(method: string, ...params: readonly unknown[]): Promise<readonly [number, string]>;
  /** SIGKILL by default; resolves when the process is gone. */
  end(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again in its folder, at its ports, and doesn't wait until it answers. */
  launch(args?: readonly string[]): void;
  /** Resolves when it answers. */
  ready(): Promise<void>;
}

/** Starts the node that {@link realBitcoind} names; resolves when it answers. */
export async function startRealNode({ args = [], zmq = false }: RealNodeOptions = {}): Promise<RealNode> {
  const program = realBitcoind();
  if (program === undefined) throw new Error("there is no real node here");
  for (let attempt = 1; ; attempt += 1) {
    const node = await prepareNode(program, args, zmq);
    try {
      node.launch();
      await node.ready();
      return node;
    } catch (error) {
      await node[Symbol.asyncDispose]();
      if (attempt === mostAttempts) throw error;
    }
  }
}

/** Bitcoin Knots has other defaults of policy, and an option for Core's. */
function policyArgs(program: string): readonly string[] {
  const version = execFileSync(program, ["-version"], { encoding: "utf8" });
  return version.includes("Knots") ? ["-corepolicy"] : [];
}

async function prepareNode(program: string, args: readonly string[], zmq: boolean): Promise<RealNode> {
  const dir = await tempDir();
  const [rpcPort, zmqPort, p2pPort] = [await freePort(), await freePort(), await freePort()];
  const url = `http://127.0.0.1:${rpcPort}`;
  const cookieFile = join(dir.path, "regtest", ".cookie");
  const topics = zmq ? ["hashblock", "rawblock", "hashtx", "rawtx", "sequence"] : [];
  const own = [
    ...["-regtest", `-datadir=${dir.path}`, `-rpcport=${rpcPort}`, "-server", "-disablewallet"],
    ...[`-bind=127.0.0.1:${p2pPort}`, "-listen=1", "-connect=0", "-listenonion=0", "-discover=0"],
    ...["-dnsseed=0", "-fixedseeds=0", "-printtoconsole=0"],
    ...policyArgs(program),
    ...topics.map((topic) => `-zmqpub${topic}=tcp://127.0.0.1:${zmqPort}`),
  ];
  let child: ChildProcess | undefined;
  const rpc: RpcCaller = {
    async call(method, params, options) {
      const [user = "", password = ""] = (await readFile(cookieFile, "utf8")).split(":");
      return plainRpc({ url, user, password }).call(method, params, options);
    },
  };
  const isGone = () => child === undefined || child.exitCode !== null || child.signalCode !== null;
  async function end(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (child === undefined || isGone()) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await withDeadline(ended, "bitcoind to end");
  }
  return {
    url,
    cookieFile,
    p2pPort,
    rpc,
    end,
    ask: (method, ...params) => rpc.call(method, params),
    async refusal(method, ...params) {
      const answer = await rpc.call(method, params).catch((error: unknown) => error);
      const { rpcCode, reason } =
        (answer as { details?: { rpcCode?: number; reason?: string } })?.details ?? {};
      if (rpcCode === undefined) throw new Error(`${method} was not refused: ${JSON.stringify(answer)}`);
      return [rpcCode, reason ?? ""];
    },
    launch(more = args) {
      // A node whose test is killed must not stay.
      const guard = process.platform === "linux" ? ["setpriv", "--pdeathsig", "KILL"] : [];
      const [command = program, ...rest] = [...guard, program, ...own, ...more];
      child = spawn(command, rest, { stdio: "ignore" });
      child.once("error", () => {});
    },
    ready: () =>
      eventually(`${program} to answer`, async () => {
        if (isGone()) throw new Error(`${program} ended with ${child?.exitCode ?? child?.signalCode}`);
        return rpc.call("getblockcount").then(
          () => true,
          () => false,
        );
      }),
    async [Symbol.asyncDispose]() {
      await end();
      await dir[Symbol.asyncDispose]();
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
