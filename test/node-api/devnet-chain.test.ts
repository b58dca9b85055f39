import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DevnetSource } from "../../src/chain/devnet/devnet-source.js";
import { capabilities } from "../../src/manifest/index.js";
import { type RequestName, requestDomains } from "../../src/requests/index.js";
import { mustBlock, mustTransaction } from "../kit/mine-block.js";
import { requestExamples } from "../kit/request-examples.js";
import { startDevnet } from "../kit/start-devnet.js";
import { askAndWait } from "./start-api.js";

const everything = capabilities.map(({ name }) => name);
const domains = ["blockchain", "mempool", "mining", "network", "payment"] as const;
const ofTheChain = domains.flatMap((domain) => Object.keys(requestDomains[domain]) as RequestName[]);
/** Nobody is behind a pretended peer, and a devnet has no Lightning node. */
const missing: readonly RequestName[] = [
  ...(["SendMeshPacketToPeer", "SendStratumV2MessageToPeer"] as const),
  ...(["GetLightningNodeUrl", "GetLightningInfo", "GetPaymentState"] as const),
];

let source: DevnetSource;
let confirmed = "";
let waiting = "";

beforeAll(async () => {
  source = await startDevnet();
  const pay = { valueSat: 50_000, feeRateSatPerVb: 5 };
  for (let block = 0; block < 6; block += 1) {
    for (let payment = 0; payment < 4; payment += 1) source.actions.pay(pay);
    source.actions.mine(1);
  }
  confirmed = source.actions.pay(pay).transaction.txid;
  source.actions.mine(1);
  waiting = source.actions.pay(pay).transaction.txid;
  source.actions.connectPeer({
    ...{ address: "192.0.2.1:8333", transport: "tcp", services: 1033n, version: 70_016 },
  });
});
afterAll(() => source.close());

async function asked(name: RequestName, payload: unknown): Promise<unknown> {
  const { answers, refusals } = await askAndWait(name, payload, {
    capabilities: everything,
    deps: { chain: source },
  });
  if (answers.length !== 1) throw refusals[0] ?? new Error("neither answer nor refusal");
  return answers[0];
}

describe("a module that asks a devnet", () => {
  it("is answered every question about the chain but those that no regtest node could answer", async () => {
    const refused: string[] = [];
    for (const name of ofTheChain) {
      await asked(name, requestExamples[name]).catch((error: { code?: string }) => {
        if (error.code === "NOT_AVAILABLE") refused.push(name);
      });
    }
    expect(refused).toEqual(missing);
  });

  it("gets the same block by hash, by height and raw, and its transactions", async () => {
    const { hash, heightBlocks: height } = source.actions.tip;
    expect(await asked("GetChainTip", {})).toEqual(hash);
    expect(await asked("GetBlockHeight", {})).toBe(height);
    const raw = mustBlock((await asked("GetRawBlock", { hash })) as Uint8Array);
    expect(raw.hash).toBe(hash);
    const byHash = await asked("GetBlock", { hash });
    expect(await asked("GetBlockByHeight", { height })).toEqual(byHash);
    const transaction = mustTransaction(
      (await asked("GetRawTransaction", { hash: confirmed })) as Uint8Array,
    );
    expect(transaction.txid).toBe(confirmed);
    expect(await asked("HasTransaction", { hash: confirmed })).toBe(true);
    expect(await asked("GetUtxo", { outpoint: { hash: confirmed, index: 0 } })).toMatchObject({
      ...{ value: 50_000, height, is_coinbase: false },
    });
  });

  it("sees what waits, and sends a block made of the template that it was given", async () => {
    expect(await asked("GetMempoolTransactions", {})).toEqual([waiting]);
    expect(await asked("CheckTransactionInMempool", { tx_hash: waiting })).toBe(true);
    expect(await asked("GetMempoolSize", {})).toMatchObject({ transaction_count: 1 });
    const { bytes, hash } = source.actions.mineExactly([waiting], { submit: false });
    const template = (await asked("GetBlockTemplate", { rules: ["segwit"] })) as { transactions: unknown[] };
    expect(template.transactions).toHaveLength(1);
    await asked("SubmitBlock", { block_bytes: bytes });
    expect(await asked("GetChainTip", {})).toEqual(hash);
    expect(await asked("GetMempoolTransactions", {})).toEqual([]);
  });

  it("is told that a block which breaks a rule was refused, and nothing changes", async () => {
    const tip = source.tip();
    const { bytes } = source.actions.mineExactly([], { submit: false });
    const broken = Uint8Array.from(bytes);
    broken[40] = (broken[40] ?? 0) ^ 1;
    const outcome = await asked("SubmitBlock", { block_bytes: broken }).catch((error: unknown) => error);
    expect(JSON.stringify(outcome)).toMatch(/high-hash|bad-txnmrklroot|Invalid|rejected/i);
    expect(source.tip()).toEqual(tip);
  });

  it("bans a peer, which is gone then", async () => {
    await asked("BanPeer", { peer_addr: "192.0.2.1:8333", ban_duration_seconds: 60 });
    expect(await asked("GetNetworkPeers", {})).toEqual([]);
  });
});
