import { defineEvents, event } from "../event-definition.js";
import { u8 } from "../event-field.js";
import { peerAddr, txHash } from "../recurring-field.js";

export const dandelionEvents = defineEvents("Dandelion++", {
  DandelionStemStarted: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description:
      "A transaction began its stem phase: it travels from one node to a single next one, to hide its origin.",
    fields: {
      tx_hash: txHash(),
      current_peer: peerAddr("Address of the node that holds the transaction now."),
      next_peer: peerAddr("Address of the one peer that gets it next."),
    },
  }),
  DandelionStemAdvanced: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A transaction in its stem phase went one hop further.",
    fields: {
      tx_hash: txHash(),
      hop_count: u8({ unit: "hops", description: "Hops of the stem so far.", example: 3 }),
      next_peer: peerAddr("Address of the one peer that gets it next."),
    },
  }),
  DandelionFluffed: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A transaction left its stem phase and is now announced to all peers.",
    fields: {
      tx_hash: txHash(),
      stem_hops: u8({ unit: "hops", description: "Hops that the stem had.", example: 4 }),
    },
  }),
  DandelionStemPathExpired: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description:
      "The peer chosen for stem phases has served its time; another one is chosen for the next epoch.",
    fields: {
      peer_addr: peerAddr("Address of the peer that is no longer used for stems."),
    },
  }),
});
