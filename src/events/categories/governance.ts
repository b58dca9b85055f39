import { defineEvents, event } from "../event-definition.js";
import { bool, f64, optional, text, u64, usize, word } from "../event-field.js";

function proposalId() {
  return text("Identifier of the proposal, the same in every event about it.", { example: "prop-42" });
}

function repository() {
  return text("Repository that the proposal would change, as `owner/name`.", { example: "example/node" });
}

function prNumber() {
  return u64({ description: "Number of the pull request in that repository.", example: 42 });
}

function webhookUrl() {
  return text("Where the webhook was sent.", { example: "https://hooks.example.org/governance" });
}

function webhookEvent() {
  return text("What the webhook told about, in the receiver's words.", { example: "proposal_created" });
}

function nodeId(description = "Identifier of the economic node: its public key hash as 64 hex characters.") {
  return text(description, { example: "5f".repeat(32) });
}

function rulesetVersion(description: string) {
  return text(description, { example: "1.2.0" });
}

export const governanceEvents = defineEvents("Governance", {
  GovernanceProposalCreated: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "A change was proposed and can be voted on.",
    fields: {
      proposal_id: proposalId(),
      repository: repository(),
      pr_number: prNumber(),
      tier: text("Class of the change, which decides how many must agree.", { example: "standard" }),
    },
  }),
  GovernanceProposalVoted: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "Somebody voted on a proposal.",
    fields: {
      proposal_id: proposalId(),
      voter: text("Who voted.", { example: "maintainer-1" }),
      vote: word(["approve", "reject", "abstain"], "The vote."),
    },
  }),
  GovernanceProposalMerged: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "An agreed change was merged.",
    fields: {
      proposal_id: proposalId(),
      repository: repository(),
      pr_number: prNumber(),
    },
  }),
  WebhookSent: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "A webhook request was answered by its receiver.",
    fields: {
      webhook_url: webhookUrl(),
      event_type: webhookEvent(),
      success: bool("True when the answer had a 2xx status."),
    },
  }),
  WebhookFailed: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "A webhook request could not be delivered.",
    fields: {
      webhook_url: webhookUrl(),
      event_type: webhookEvent(),
      error: text("Why it could not be delivered, for a person to read.", {
        example: "no answer within 10 s",
      }),
    },
  }),
  GovernanceForkDetected: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "Nodes were seen to follow another governance ruleset than this one does.",
    fields: {
      fork_id: text("Identifier of the governance fork.", { example: "fork-3" }),
      ruleset_version: rulesetVersion("Version of the ruleset that those nodes follow."),
      adoption_count: usize({ unit: "nodes", description: "Nodes seen to follow it.", example: 17 }),
    },
  }),
  EconomicNodeRegistered: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "A node with economic weight announced itself for governance signals.",
    fields: {
      node_id: nodeId(),
      node_type: word(["miner", "exchange", "service"], "What gives the node its weight."),
      hashpower_percent: optional(
        f64({
          unit: "%",
          description: "Share of the network's hash rate, 0 to 100. Absent for nodes that don't mine.",
          example: 2.5,
        }),
      ),
    },
  }),
  EconomicNodeStatus: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "A question about economic nodes, or the answer to one: both carry the same request id.",
    fields: {
      request_id: text("Joins an answer to its question.", { example: "req-9" }),
      query_type: word(["status", "hashpower", "uptime"], "What is asked or answered."),
      node_id: optional(nodeId("Identifier of the node in question. Absent when all are meant.")),
      response_data: optional(
        text("The answer as JSON text. Absent in a question.", { example: '{"uptime_seconds":86400}' }),
      ),
    },
  }),
  EconomicNodeForkDecision: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "An economic node declared what it will do about a ruleset.",
    fields: {
      message_id: text("Identifier of the declaration.", { example: "msg-77" }),
      ruleset_version: rulesetVersion("Version of the ruleset decided on."),
      decision: word(["adopt", "reject", "abstain"], "What the node decided."),
      node_id: nodeId(),
      timestamp: u64({
        unit: "s since 1970-01-01 UTC",
        description: "When the node decided, by its own clock.",
        example: 1_713_571_767,
      }),
    },
  }),
  EconomicNodeVeto: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "An economic node objected to a proposal.",
    fields: {
      proposal_id: proposalId(),
      node_id: nodeId(),
      reason: text("Why it objects, for a person to read.", { example: "breaks payout addresses" }),
    },
  }),
  VetoThresholdReached: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "The objections to a proposal weigh enough to stop it.",
    fields: {
      proposal_id: proposalId(),
      veto_percent: f64({
        unit: "%",
        description: "Weight of the nodes that object, 0 to 100.",
        example: 31.5,
      }),
    },
  }),
});
