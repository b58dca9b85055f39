import { targetOfBits } from "../../block/proof-of-work.js";
import { subsidySat } from "../../block/subsidy.js";
import type { ChainKernel } from "../kernel/chain-kernel.js";
import { type DeploymentStatus, deploymentStates, nextVersion } from "../kernel/deployments.js";
import { regtest } from "../kernel/regtest.js";
import { hex32 } from "./block-answer.js";
import { hashOf } from "./chain-method.js";
import type { DevnetRpcDependencies } from "./devnet-rpc-dependencies.js";
import { emptyCoinbaseCommitment } from "./template-commitment.js";

const maxWeightWu = 4_000_000;
/** Core keeps as much for the header and the coinbase. */
const reservedWu = 4_000;

/** What a new block on the tip is made of, in the form of Core's getblocktemplate; amounts in satoshi. */
export function templateAnswer({
  kernel,
  mempool,
  actions,
  mempoolSequence,
}: DevnetRpcDependencies): Record<string, unknown> {
  const { tip } = kernel;
  const heightBlocks = tip.heightBlocks + 1;
  const entries = mempool.template(maxWeightWu - reservedWu);
  const feesSat = entries.reduce((sum, { entry }) => sum + entry.feeSat, 0);
  const mintime = tip.medianTimeS + 1;
  return {
    capabilities: ["proposal"],
    version: nextVersion(kernel, tip),
    ...deploymentsAnswer(statusOfNext(kernel)),
    vbrequired: 0,
    previousblockhash: tip.hash,
    transactions: entries.map(({ entry, depends }) => ({
      data: Buffer.from(entry.bytes).toString("hex"),
      txid: entry.transaction.txid,
      hash: entry.transaction.wtxid,
      // BIP22 counts from 1.
      depends: depends.map((place) => place + 1),
      fee: entry.feeSat,
      sigops: entry.sigopsCost,
      weight: entry.transaction.weightWu,
    })),
    coinbaseaux: {},
    coinbasevalue: subsidySat(heightBlocks, regtest.halvingBlocks) + feesSat,
    longpollid: `${tip.hash}${mempoolSequence()}`,
    target: targetOfBits(tip.header.bits).toString(16).padStart(64, "0"),
    mintime,
    mutable: ["time", "transactions", "prevblock"],
    noncerange: "00000000ffffffff",
    sigoplimit: 80_000,
    sizelimit: maxWeightWu,
    weightlimit: maxWeightWu,
    curtime: Math.max(actions.nowS(), mintime),
    bits: hex32(tip.header.bits),
    height: heightBlocks,
    default_witness_commitment: emptyCoinbaseCommitment(entries.map(({ entry }) => entry.transaction.wtxid)),
  };
}

/** Which rules a block on the tip keeps, by name. */
function statusOfNext(kernel: ChainKernel): ReadonlyMap<string, DeploymentStatus> {
  const { tip } = kernel;
  const header = { ...tip.header, previousHash: tip.hash };
  const next = { ...tip, heightBlocks: tip.heightBlocks + 1, header };
  return new Map(deploymentStates(kernel, next).map(({ name, status }) => [name, status]));
}

/** `!` is before the name of a rule that a miner must know to make a block of the template. */
function deploymentsAnswer(statuses: ReadonlyMap<string, DeploymentStatus>) {
  const named = [
    ["csv", "csv"],
    ["segwit", "!segwit"],
    ["taproot", "taproot"],
    ["testdummy", "testdummy"],
  ] as const;
  const signalled = statuses.get("testdummy");
  return {
    rules: named.flatMap(([name, rule]) => (statuses.get(name) === "active" ? [rule] : [])),
    vbavailable: signalled === "started" || signalled === "locked_in" ? { testdummy: 28 } : {},
  };
}

/** The template that a longpollid stands for. @throws CHAIN_PARAMETER_INVALID */
export function longPollPlace(longpollid: string): { readonly tipHash: string; readonly sequence: number } {
  const tipHash = hashOf(longpollid.slice(0, 64), "longpollid");
  return { tipHash, sequence: Number(/^\d{1,15}$/.exec(longpollid.slice(64))?.[0] ?? 0) };
}
