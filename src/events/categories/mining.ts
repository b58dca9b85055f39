import { defineEvents, event } from "../event-definition.js";
import { hash32, optional, text, u32, u64, usize } from "../event-field.js";
import { blockHash, height, previousBlockHash } from "../recurring-field.js";

function minerId(description: string) {
  return text(description, { example: "rack-3.miner-12" });
}

function jobId(description = "Identifier of the job, unique at its publisher.") {
  return text(description, { example: "job-1041" });
}

function poolUrl(description = "Address of the pool, with its scheme and port.") {
  return text(description, { example: "stratum+tcp://pool.example.org:3333" });
}

export const miningEvents = defineEvents("Mining", {
  BlockMined: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description:
      "A block that was mined here or handed in through this node was accepted. NewBlock tells of it too.",
    fields: {
      block_hash: blockHash(),
      height: height(),
      miner_id: optional(minerId("Who mined it. Absent when the block came without a name.")),
    },
  }),
  BlockTemplateUpdated: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The node built a new block template to mine on.",
    fields: {
      prev_hash: previousBlockHash("Hash of the block that the template extends."),
      height: height("Height that the mined block would have."),
      tx_count: usize({
        unit: "transactions",
        description: "Transactions chosen for the template, its coinbase not counted.",
        example: 3050,
      }),
    },
  }),
  MiningDifficultyChanged: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The new tip demands another proof-of-work target than the tip before it.",
    fields: {
      old_difficulty: u32({
        description:
          "Compact target (the header's nBits) of the former tip. The difficulty itself no longer fits 32 bits.",
        example: 486_604_799,
      }),
      new_difficulty: u32({
        description: "Compact target (nBits) of the new tip. A lower target means more work.",
        example: 486_594_666,
      }),
      height: height("Height of the first block with the new target.", 32_256),
    },
  }),
  MiningJobCreated: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "A mining server prepared work that it hands to its miners.",
    fields: {
      job_id: jobId(),
      prev_hash: previousBlockHash("Hash of the block that the job extends."),
      height: height("Height that a block from this job would have."),
    },
  }),
  ShareSubmitted: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description:
      "A miner handed in a share: a header that meets the pool's easier target, which rarely meets the network's too.",
    fields: {
      job_id: jobId("Identifier of the job that the share answers."),
      share_hash: hash32("Hash of the header that the miner found."),
      miner_id: optional(minerId("Who found it. Absent when the miner gave no name.")),
    },
  }),
  MergeMiningReward: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "Work done for Bitcoin also earned a reward on a merge-mined chain.",
    fields: {
      secondary_chain: text("Name of the chain that pays the reward.", { example: "namecoin" }),
      reward_amount: u64({
        unit: "smallest unit of the secondary chain",
        description: "Reward earned there.",
        example: 312_500_000,
      }),
      block_hash: hash32("Hash of the block on the secondary chain."),
    },
  }),
  MiningPoolConnected: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "A connection to a mining pool is up.",
    fields: {
      pool_url: poolUrl(),
      pool_id: optional(
        text("Name that the pool gave itself. Absent when it gave none.", { example: "example-pool" }),
      ),
    },
  }),
  MiningPoolDisconnected: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "The connection to a mining pool is gone.",
    fields: {
      pool_url: poolUrl(),
      reason: text("Why the connection ended, for a person to read.", { example: "connection reset" }),
    },
  }),
});
