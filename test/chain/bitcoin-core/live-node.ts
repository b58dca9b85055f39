import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBitcoinCoreSource } from "../../../src/chain/bitcoin-core/bitcoin-core-source.js";
import { bitcoinCoreOptions } from "../../../src/chain/bitcoin-core/options.js";
import type { RpcCaller } from "../../../src/chain/bitcoin-core/rpc-caller.js";
import { serializeTransaction } from "../../../src/chain/block/serialize-block.js";
import type { ChainSource } from "../../../src/chain/index.js";
import { silentLogger } from "../../../src/log.js";
import { eventually, withDeadline } from "../../kit/ipc-deadline.js";
import { plainRpc } from "../../kit/plain-rpc.js";
import type { ChainSourceCase } from "../chain-source.conformance.js";

/** Two scripts that everybody may spend. A block after a reorganisation pays the other one, or it would be the same. */
const scripts = ["51", "52"] as const;
/** So many mature coinbases there are from the start: one for each source that the suite makes, and more. */
const firstBlocks = 140;
const feeBitcoin = 0.0001;

/** A bitcoind on regtest in a folder of its own; ends with its scope. */
export interface LiveNode extends AsyncDisposable {
  readonly url: string;
  readonly cookieFile: string;
  readonly rpc: RpcCaller;
  mine(blocks: number, script?: (typeof scripts)[number]): Promise<void>;
  /** Puts a transaction into the mempool that spends a coinbase which none spent before. */
  spend(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts the bitcoind of that path, with ZMQ for every topic and a transaction index. */
export async function startLiveNode(bitcoind: string): Promise<LiveNode> {
  const folder = await mkdtemp(join(tmpdir(), "live-node-"));
  const [rpcPort, zmqPort] = [await freePort(), await freePort()];
  const topics = ["hashblock", "rawblock", "hashtx", "rawtx", "sequence"];
  const child = spawn(
    bitcoind,
    [
      ...[
        "-regtest",
        `-datadir=${folder}`,
        "-server",
        "-listen=0",
        "-txindex=1",
        "-disablewallet",
        "-acceptnonstdtxn=1",
      ],
      ...["-dnsseed=0", "-fixedseeds=0", "-printtoconsole=0", `-rpcport=${rpcPort}`],
      ...topics.map((topic) => `-zmqpub${topic}=tcp://127.0.0.1:${zmqPort}`),
    ],
    { stdio: "ignore" },
  );
  const ended = endOf(child);
  const url = `http://127.0.0.1:${rpcPort}`;
  const cookieFile = join(folder, "regtest", ".cookie");
  async function end(): Promise<void> {
    child.kill("SIGTERM");
    await withDeadline(ended, "bitcoind to end").catch(() => child.kill("SIGKILL"));
    await rm(folder, { recursive: true, force: true });
  }
  try {
    await eventually(`${bitcoind} to answer`, async () => {
      if (child.exitCode !== null) throw new Error(`${bitcoind} ended with ${child.exitCode}`);
      return loggedIn(url, cookieFile)
        .then((rpc) => rpc.call("getblockcount"))
        .then(() => true)
        .catch(() => false);
    });
    const rpc = await loggedIn(url, cookieFile);
    const mine: LiveNode["mine"] = async (blocks, script = "51") => {
      const { descriptor } = await rpc.call<{ descriptor: string }>("getdescriptorinfo", [`raw(${script})`]);
      await rpc.call("generatetodescriptor", [blocks, descriptor]);
    };
    let spentHeight = 0;
    async function spend(): Promise<void> {
      spentHeight += 1;
      const hash = await rpc.call<string>("getblockhash", [spentHeight]);
      const { tx } = await rpc.call<{ tx: readonly string[] }>("getblock", [hash, 1]);
      const { value } = await rpc.call<{ value: number }>("gettxout", [tx[0], 0, false]);
      const half = Math.floor(((value - feeBitcoin) * 100_000_000) / 2);
      await rpc.call("sendrawtransaction", [spending(tx[0] ?? "", half)]);
    }
    await mine(firstBlocks);
    return { url, cookieFile, rpc, mine, spend, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Two outputs, for a transaction below 65 bytes isn't relayed. */
function spending(txid: string, valueSat: number): string {
  const scriptPubKey = Buffer.from(scripts[0], "hex");
  const output = { valueSat, scriptPubKey };
  const input = {
    previousTxid: txid,
    previousIndex: 0,
    scriptSig: new Uint8Array(),
    sequence: 0xff_ff_ff_fd,
    witness: [],
  };
  const bytes = serializeTransaction({
    version: 2,
    inputs: [input],
    outputs: [output, output],
    lockTime: 0,
    hasWitness: false,
  });
  return Buffer.from(bytes).toString("hex");
}

/** Resolves when the process has ended, or couldn't be started. */
function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
}

async function loggedIn(url: string, cookieFile: string): Promise<RpcCaller> {
  const [user = "", password = ""] = (await readFile(cookieFile, "utf8")).split(":");
  return plainRpc({ url, user, password });
}

/**
 * The conformance suite's case on a live node: each source starts on the node as it is, and blocks come while it
 * follows, one of them disconnected again.
 */
export function liveCase(node: () => LiveNode): ChainSourceCase {
  return {
    name: "bitcoin-core",
    blocks: 4,
    create() {
      const { url, cookieFile, rpc, mine, spend } = node();
      const source = createBitcoinCoreSource(
        { log: silentLogger },
        bitcoinCoreOptions.parse({ url, cookie_file: cookieFile, poll_interval_ms: 100 }),
      );
      return minedFor(source, async () => {
        await spend();
        await mine(1);
        await spend();
        await mine(1);
        await rpc.call("invalidateblock", [await rpc.call("getbestblockhash")]);
        await mine(3, "52");
      });
    },
  };
}

/** The source itself, for which `mine` begins once it has started. */
function minedFor(source: ChainSource, mine: () => Promise<void>): ChainSource {
  const start = source.start.bind(source);
  let started: Promise<void> | undefined;
  source.start = () => {
    started ??= start().then(() => {
      // A source that is closed meanwhile doesn't care for its blocks.
      void mine().catch(() => undefined);
    });
    return started;
  };
  return source;
}
