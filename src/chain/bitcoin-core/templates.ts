import type { SchedulerLike } from "rxjs";
import { errorMessage } from "../../errors.js";
import type { Logger } from "../../log.js";
import type { ChainEvent } from "../chain-source.js";
import { countIn, fieldsOf, textIn } from "./answer-field.js";
import { type RpcCaller, rpcCodeOf, rpcCodes } from "./rpc-caller.js";
import { waitMs } from "./wait.js";

/** Core answers a long poll within about 70 seconds when fees came in; a quiet node says nothing until its next block. */
const longPollMs = 300_000;
const firstRetryMs = 1000;
/** Core rebuilds a template for its asker at most this often; a node that answers faster isn't asked faster. */
const leastIntervalMs = 500;

export interface TemplateWatchDependencies {
  readonly rpc: RpcCaller;
  readonly scheduler: SchedulerLike;
  readonly log: Pick<Logger, "warn">;
  readonly emit: (event: ChainEvent) => void;
  /** While false the node isn't asked: it builds no templates before it is synced. */
  readonly isSynced: () => boolean;
}

export interface TemplateWatchOptions {
  /** Longest wait after a failure, and between two questions whether the node is synced. */
  readonly retryMaxMs: number;
}

/** What a caller of getblocktemplate must know, by the network. Signet's blocks need their own rule. */
export function templateRules(network: string | undefined): readonly string[] {
  return network === "signet" ? ["segwit", "signet"] : ["segwit"];
}

interface Told {
  readonly longPollId: string;
  readonly prevHash: string;
  readonly heightBlocks: number;
  readonly transactions: number;
}

/**
 * Holds one long poll of getblocktemplate at a time and tells BlockTemplateUpdated for each answer that extends another
 * block or was built anew (another long poll id). The first template is where it begins. Ends when the signal does, or
 * when the node has no such method. Never rejects.
 * @see https://github.com/bitcoin/bips/blob/master/bip-0022.mediawiki#optional-long-polling
 */
export async function followTemplates(
  { rpc, scheduler, log, emit, isSynced }: TemplateWatchDependencies,
  { retryMaxMs }: TemplateWatchOptions,
  signal: AbortSignal,
): Promise<void> {
  let known: Told | undefined;
  let rules: readonly string[] | undefined;
  let retryMs = firstRetryMs;
  let hasWarned = false;
  while (!signal.aborted) {
    if (!isSynced()) {
      await waitMs(scheduler, Math.min(retryMaxMs, 5000), signal);
      continue;
    }
    const askedMs = scheduler.now();
    try {
      rules ??= templateRules(textIn(fieldsOf(await rpc.call("getblockchaininfo", [], { signal })), "chain"));
      const longpoll = known === undefined ? {} : { longpollid: known.longPollId };
      const timeoutMs = known === undefined ? {} : { timeoutMs: longPollMs };
      const told = toldOf(
        await rpc.call("getblocktemplate", [{ rules, ...longpoll }], { signal, ...timeoutMs }),
      );
      if (signal.aborted) return;
      if (told !== undefined && known !== undefined && told.longPollId !== known.longPollId)
        emit({
          type: "BlockTemplateUpdated",
          payload: { prev_hash: told.prevHash, height: told.heightBlocks, tx_count: told.transactions },
        });
      known = told ?? known;
      retryMs = firstRetryMs;
      hasWarned = false;
      const tookMs = scheduler.now() - askedMs;
      if (told === undefined) await waitMs(scheduler, retryMaxMs, signal);
      else if (tookMs < leastIntervalMs) await waitMs(scheduler, leastIntervalMs - tookMs, signal);
    } catch (error) {
      if (signal.aborted || rpcCodeOf(error) === rpcCodes.methodNotFound) return;
      // A long poll that outlasted its time is asked again; the template that is known stays known.
      const isQuiet = scheduler.now() - askedMs >= longPollMs;
      if (!isQuiet && !isExpected(error) && !hasWarned) {
        log.warn({ err: error }, `the node gives no block template: ${errorMessage(error)}`);
        hasWarned = true;
      }
      if (isQuiet) continue;
      await waitMs(scheduler, retryMs, signal);
      retryMs = Math.min(2 * retryMs, Math.max(retryMaxMs, firstRetryMs));
    }
  }
}

/** A node without peers, or one that syncs, builds no templates; that is no failure. */
function isExpected(error: unknown): boolean {
  const code = rpcCodeOf(error);
  return code === rpcCodes.notConnected || code === rpcCodes.inInitialDownload || code === rpcCodes.inWarmUp;
}

function toldOf(answer: unknown): Told | undefined {
  const fields = fieldsOf(answer);
  const longPollId = textIn(fields, "longpollid");
  const prevHash = textIn(fields, "previousblockhash");
  const heightBlocks = countIn(fields, "height");
  const { transactions } = fields;
  if (longPollId === undefined || prevHash === undefined || heightBlocks === undefined) return undefined;
  return {
    longPollId,
    prevHash,
    heightBlocks,
    transactions: Array.isArray(transactions) ? transactions.length : 0,
  };
}
