import type { BlockEntry, ChainBlock } from "../kernel/chain-kernel.js";
import type { ScriptRun } from "../kernel/scripts/script-run.js";
import { coinCheckOf } from "./broken-rule.js";
import type { Outbox } from "./outbox.js";
import { tellScripts } from "./tell-mempool.js";
import type { ToldChain } from "./told-chain.js";

interface Books {
  readonly outbox: Outbox;
  readonly chain: ToldChain;
}

/** A check of a block that ended in a refusal. */
export interface RefusedBlock {
  readonly hash: string;
  readonly heightBlocks: number;
  /** In Core's words. */
  readonly reason: string;
  readonly validationMs: number;
}

/** The check of a block in full, then NewBlock; BlockMined between them where it came from here. */
export function tellConnected(
  { outbox, chain }: Books,
  { entry, validationMs }: ChainBlock,
  { runs, isMined }: { runs: readonly ScriptRun[]; isMined: boolean },
): void {
  const { hash: block_hash, heightBlocks: height } = entry;
  const block = { block_hash, height };
  outbox.say(() => ({ type: "BlockValidationStarted", payload: block }));
  outbox.say(() => ({ type: "UTXOValidationStarted", payload: block }));
  tellScripts(outbox, runs);
  outbox.say(() => ({ type: "UTXOValidationCompleted", payload: { ...block, success: true } }));
  const validation_time_ms = Math.round(validationMs);
  outbox.say(() => ({
    type: "BlockValidationCompleted",
    payload: { ...block, success: true, validation_time_ms },
  }));
  if (isMined) outbox.say(() => ({ type: "BlockMined", payload: block }));
  outbox.say(() => {
    chain.moveTo(entry);
    return { type: "NewBlock", payload: block };
  });
}

/** BlockDisconnected; `parent` is the tip from then on. */
export function tellDisconnected({ outbox, chain }: Books, { entry }: ChainBlock, parent: BlockEntry): void {
  outbox.say(() => {
    chain.moveTo(parent);
    return { type: "BlockDisconnected", payload: { hash: entry.hash, height: entry.heightBlocks } };
  });
}

/** The check of a block up to the rule that it breaks, and ConsensusRuleViolation. */
export function tellRefused(
  outbox: Outbox,
  { hash, heightBlocks: height, reason, validationMs }: RefusedBlock,
  runs: readonly ScriptRun[],
): void {
  const block = { block_hash: hash, height };
  outbox.say(() => ({ type: "BlockValidationStarted", payload: block }));
  const areCoinsFine = coinCheckOf(reason);
  if (areCoinsFine !== undefined) {
    outbox.say(() => ({ type: "UTXOValidationStarted", payload: block }));
    tellScripts(outbox, runs);
    outbox.say(() => ({ type: "UTXOValidationCompleted", payload: { ...block, success: areCoinsFine } }));
  }
  const validation_time_ms = Math.round(validationMs);
  outbox.say(() => ({
    type: "BlockValidationCompleted",
    payload: { ...block, success: false, validation_time_ms, error: reason },
  }));
  const payload = { rule_name: reason, block_hash: hash, error: `the block was refused: ${reason}` };
  outbox.say(() => ({ type: "ConsensusRuleViolation", payload }));
}

/** A period of 144 blocks ended with the block before this one: regtest keeps its target. */
export function tellPeriod(outbox: Outbox, { heightBlocks: height, header }: BlockEntry): void {
  if (height === 0 || height % 144 !== 0) return;
  const payload = { old_difficulty: header.bits, new_difficulty: header.bits, height };
  outbox.say(() => ({ type: "DifficultyAdjusted", payload }));
  outbox.say(() => ({ type: "MiningDifficultyChanged", payload }));
}
