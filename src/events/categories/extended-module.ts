import { defineEvents, event } from "../event-definition.js";
import { bool, openWord, text, u64, usize, word } from "../event-field.js";
import { blockHash, height } from "../recurring-field.js";

export const extendedModuleEvents = defineEvents("Extended Module", {
  SelectiveSyncPolicyApplied: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description:
      "A module put its policy in force about which blocks and transactions this node serves to others.",
    fields: {
      policy_source: word(
        ["subscribe", "refresh", "config"],
        "What brought the policy: a new registry, a refresh of known ones, or the configuration.",
      ),
      registry_count: usize({
        unit: "registries",
        description: "Registries that the policy draws on.",
        example: 2,
      }),
    },
  }),
  ActionExecuted: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "A module carried out an action on mining hardware.",
    fields: {
      action_id: text("Identifier of the action.", { example: "act-12" }),
      action_type: text("What was done.", { example: "reboot" }),
      target: text("A miner's id, or the word `all`.", { example: "all" }),
      success: bool("True when the target reported success."),
    },
  }),
  ModulePurchaseCompleted: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "A paid module was bought and can be installed.",
    fields: {
      module_id: text("Name of the module that was bought.", { example: "merge-mining" }),
      payment_id: text("Identifier of the payment, as in the Payment events.", { example: "pay-7f3a" }),
      amount_sats: u64({ unit: "sat", description: "Price paid.", example: 50_000 }),
    },
  }),
  IBDBlockFiltered: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "A block was left out during initial block download because a module's policy says so.",
    fields: {
      block_hash: blockHash(),
      height: height(),
      reason: openWord(["selective_sync", "prune"], "Which policy left it out."),
    },
  }),
});
