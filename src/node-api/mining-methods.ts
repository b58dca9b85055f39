import { decodeBlock, decodeHeader, decodeTransaction } from "../chain/index.js";
import { checkedAnswer } from "./chain/checked-answer.js";
import { fromSource, notAvailable } from "./chain/from-source.js";
import { headerRecord, transactionRecord } from "./chain/records.js";
import { parsedBySource } from "./chain/source-bytes.js";
import { chainRequestErrors, nodeApiErrors } from "./errors.js";
import type { MethodCall, Methods } from "./method.js";

const HEX = /^(?:[0-9a-fA-F]{2})+$/;
const SCRIPT_PREFIX = "hex:";
/** What a reason of the source may take in the answer. */
const MAX_REASON_CHARS = 4096;

function invalid(field: string, problem: string) {
  return nodeApiErrors.INVALID_PARAMS({ field, problem });
}

/** Who is paid; undefined leaves it to the source. */
async function coinbaseScript(call: MethodCall<"GetBlockTemplate">): Promise<Uint8Array | undefined> {
  const { coinbase_script: script, coinbase_address: address } = call.input;
  if (address === undefined) {
    if (script?.length !== 0) return script;
    throw invalid("coinbase_script", "found 0 bytes, which pay anybody, allowed is 1 byte or more");
  }
  if (script !== undefined) {
    throw invalid("coinbase_address", "found it beside coinbase_script, allowed is one of the two");
  }
  if (address.startsWith(SCRIPT_PREFIX)) {
    const digits = address.slice(SCRIPT_PREFIX.length);
    if (HEX.test(digits)) return Buffer.from(digits, "hex");
    throw invalid(
      "coinbase_address",
      "found no whole bytes behind hex:, allowed are pairs of hex characters",
    );
  }
  const what = "the script of an address";
  const found = await fromSource(call, what, (queries) => queries.scriptOfAddress?.(address));
  if (found !== undefined) return found;
  const allowed = `allowed is one of the network of chain source "${call.deps.chain.name}", or hex: and a script`;
  throw invalid("coinbase_address", `found no address, ${allowed}`);
}

async function template(call: MethodCall<"GetBlockTemplate">) {
  const what = "a block template";
  if (call.deps.chain.queries.blockTemplate === undefined) throw notAvailable(call, what);
  const request = { rules: call.input.rules, coinbaseScript: await coinbaseScript(call) };
  const made = await fromSource(call, what, (queries) => queries.blockTemplate?.(request));
  const record = (bytes: Uint8Array, part: string) =>
    transactionRecord(parsedBySource(call, `${part} of ${what}`, decodeTransaction(bytes)));
  return checkedAnswer(call, "GetBlockTemplate", what, {
    header: headerRecord(parsedBySource(call, `the header of ${what}`, decodeHeader(made.header))),
    coinbase_tx: record(made.coinbase, "the coinbase"),
    transactions: made.transactions.map((bytes, index) => record(bytes, `transaction ${index}`)),
    target: made.target,
    height: made.height,
    timestamp: made.timestamp,
  });
}

async function submit(call: MethodCall<"SubmitBlock">) {
  const { block_bytes } = call.input;
  const what = "submitting a block";
  if (call.deps.chain.queries.submitBlock === undefined) throw notAvailable(call, what);
  const decoded = decodeBlock(block_bytes);
  if (!decoded.ok) {
    return rejected(`the bytes are no block, at byte ${decoded.offsetBytes}: ${decoded.problem}`);
  }
  const submitted = await fromSource(call, what, (queries) => queries.submitBlock?.(block_bytes));
  switch (submitted.outcome) {
    case "accepted":
      return "Accepted";
    case "duplicate":
      return "Duplicate";
    case "rejected":
      return rejected(submitted.reason);
  }
}

function rejected(reason: string) {
  return { Rejected: reason.slice(0, MAX_REASON_CHARS) };
}

async function queue(call: MethodCall<"QueueReceivedBlock">): Promise<null> {
  const { block_bytes } = call.input;
  const { chain } = call.deps;
  const what = "queueing a received block";
  if (chain.queries.queueReceivedBlock === undefined) throw notAvailable(call, what);
  const decoded = decodeBlock(block_bytes);
  if (!decoded.ok) throw chainRequestErrors.BAD_BLOCK(decoded);
  const isQueued = await fromSource(call, what, (queries) => queries.queueReceivedBlock?.(block_bytes));
  if (isQueued) return null;
  throw chainRequestErrors.BLOCK_QUEUE_FULL({ source: chain.name }, { retryable: true });
}

/** Templates, and blocks that modules found or received. */
export const miningMethods: Methods<"GetBlockTemplate" | "SubmitBlock" | "QueueReceivedBlock"> = {
  GetBlockTemplate: template,
  SubmitBlock: submit,
  QueueReceivedBlock: queue,
};
