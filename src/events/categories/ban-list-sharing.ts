import { defineEvents, event } from "../event-definition.js";
import { usize } from "../event-field.js";
import { peerAddr } from "../recurring-field.js";

function banCount(description: string) {
  return usize({ unit: "peers", description, example: 25 });
}

export const banListSharingEvents = defineEvents("Ban List Sharing", {
  BanListShared: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The node sent its ban list to a peer.",
    fields: {
      peer_addr: peerAddr("Address of the peer that got the list."),
      ban_count: banCount("Banned peers in the list."),
    },
  }),
  BanListReceived: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A peer sent its ban list. The node decides for itself what it takes over.",
    fields: {
      peer_addr: peerAddr("Address of the peer that sent the list."),
      ban_count: banCount("Banned peers in the list."),
    },
  }),
});
