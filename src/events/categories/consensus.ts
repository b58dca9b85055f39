import { defineEvents, event } from "../event-definition.js";
import { bool, openWord, optional, text, u32, usize } from "../event-field.js";
import { blockHash, durationMs, height, txHash } from "../recurring-field.js";

function inputIndex() {
  return usize({ description: "Position of the input in its transaction, from 0.", example: 0 });
}

export const consensusEvents = defineEvents("Consensus", {
  BlockValidationStarted: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The node began to check a block against the consensus rules.",
    fields: {
      block_hash: blockHash(),
      height: height("Height that the block would have."),
    },
  }),
  BlockValidationCompleted: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description:
      "The check of a block is over. A valid block is not yet part of the best chain: NewBlock says so.",
    fields: {
      block_hash: blockHash(),
      height: height("Height that the block has or would have had."),
      success: bool("True when the block is valid."),
      validation_time_ms: durationMs("How long the check took."),
      error: optional(
        text("The rule that the block breaks. Absent on success.", { example: "bad-txnmrklroot" }),
      ),
    },
  }),
  ScriptVerificationStarted: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The node began to run the scripts that allow one input to spend its coin.",
    fields: {
      tx_hash: txHash(),
      input_index: inputIndex(),
    },
  }),
  ScriptVerificationCompleted: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The scripts of one input have run.",
    fields: {
      tx_hash: txHash(),
      input_index: inputIndex(),
      success: bool("True when the input may spend its coin."),
      verification_time_ms: durationMs("How long the scripts took."),
    },
  }),
  UTXOValidationStarted: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The node began to check that a block spends only existing, unspent and mature coins.",
    fields: {
      block_hash: blockHash(),
      height: height("Height that the block would have."),
    },
  }),
  UTXOValidationCompleted: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The check of the coins that a block spends is over.",
    fields: {
      block_hash: blockHash(),
      height: height("Height that the block has or would have had."),
      success: bool("True when every spent coin existed and could be spent."),
    },
  }),
  DifficultyAdjusted: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The proof-of-work target was recalculated, as happens every 2,016 blocks on mainnet.",
    fields: {
      old_difficulty: u32({
        description:
          "Compact target (the header's nBits) of the period that ended. The difficulty itself no longer fits 32 bits.",
        example: 486_604_799,
      }),
      new_difficulty: u32({
        description: "Compact target (nBits) of the period that begins. A lower target means more work.",
        example: 486_594_666,
      }),
      height: height("Height of the first block of the new period, a multiple of 2,016 on mainnet.", 32_256),
    },
  }),
  SoftForkActivated: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The rules of a soft fork are enforced from this block on.",
    fields: {
      fork_name: openWord(["segwit", "taproot", "ctv"], "Name of the deployment."),
      height: height("Height of the first block under the new rules.", 481_824),
    },
  }),
  SoftForkLockedIn: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description:
      "Enough blocks of a signalling period supported a soft fork (BIP 9): it will activate, one further period later at the earliest.",
    fields: {
      fork_name: text("Name of the deployment.", { example: "taproot" }),
      height: height("Height of the first block of the locked-in period.", 687_456),
    },
  }),
  ConsensusRuleViolation: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A block or a transaction breaks a consensus rule and was refused.",
    fields: {
      rule_name: text("Name of the rule.", { example: "block_validation" }),
      block_hash: optional(blockHash("Hash of the block at fault. Absent when no block is involved.")),
      tx_hash: optional(txHash("Transaction id (txid) at fault. Absent when the block as a whole is.")),
      error: text("What is wrong, for a person to read.", {
        example: "coinbase pays more than subsidy and fees",
      }),
    },
  }),
});
