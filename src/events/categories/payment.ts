import { defineEvents, event } from "../event-definition.js";
import { bytes, optional, text, u32, u64, usize } from "../event-field.js";
import { txHash } from "../recurring-field.js";

const BOLT11_EXAMPLE = "lnbc20u1pvjluez";

function paymentId(description = "Identifier of the payment, the same in every event about it.") {
  return text(description, { example: "pay-7f3a" });
}

function channelId(description = "Identifier of the channel (BOLT 2), as hex.") {
  return text(description, { example: "f4a3b1c09d5e44d2a7c6b8e1f0a9d3c25b6e7f8091a2b3c4d5e6f708192a3b4c" });
}

export const paymentEvents = defineEvents("Payment", {
  PaymentRequestCreated: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "Somebody is asked to pay: the request exists and nothing has been paid yet.",
    fields: {
      payment_id: paymentId(),
      amount_sats: u64({ unit: "sat", description: "Amount asked for.", example: 2000 }),
      invoice: optional(
        text("Lightning invoice (BOLT 11). Absent for an on-chain request.", { example: BOLT11_EXAMPLE }),
      ),
    },
  }),
  PaymentSettled: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "The payment's transaction is in a block, deep enough for the module that watches it.",
    fields: {
      payment_id: paymentId(),
      tx_hash: txHash("Transaction id (txid) of the transaction that pays."),
      confirmations: u32({
        unit: "blocks",
        description: "Depth of the transaction: 1 when it is in the tip block.",
        example: 6,
      }),
    },
  }),
  PaymentFailed: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "The payment will not happen under this request; a new attempt needs a new one.",
    fields: {
      payment_id: paymentId(),
      reason: text("Why it failed, for a person to read.", { example: "invoice expired" }),
    },
  }),
  PaymentVerified: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "A Lightning provider confirmed that the invoice was paid.",
    fields: {
      payment_id: paymentId(),
      amount_msats: u64({
        unit: "msat",
        description: "Amount received; 1,000 msat are one satoshi.",
        example: 2_000_000,
      }),
      invoice: text("Lightning invoice (BOLT 11) that was paid.", { example: BOLT11_EXAMPLE }),
    },
  }),
  PaymentRouteFound: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "A path through the Lightning network was found for the payment; it has not been used yet.",
    fields: {
      payment_id: paymentId(),
      route_hops: usize({ unit: "hops", description: "Channels that the payment passes.", example: 3 }),
      route_cost_msats: u64({
        unit: "msat",
        description: "Routing fees of all hops together, on top of the amount.",
        example: 1200,
      }),
    },
  }),
  PaymentRouteFailed: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "No usable path through the Lightning network was found for the payment.",
    fields: {
      payment_id: paymentId(),
      reason: text("Why no path could be used, for a person to read.", {
        example: "no route to destination",
      }),
    },
  }),
  ChannelOpened: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "A Lightning channel is open and can carry payments.",
    fields: {
      channel_id: channelId(),
      peer_pubkey: bytes("Node key of the other end: a compressed secp256k1 public key of 33 bytes.", {
        example: "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
      }),
      capacity_sats: u64({
        unit: "sat",
        description: "Value of the funding output: what both sides hold together.",
        example: 5_000_000,
      }),
    },
  }),
  ChannelClosed: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "A Lightning channel was closed, by agreement or by one side alone.",
    fields: {
      channel_id: channelId(),
      reason: text("Why it was closed, for a person to read.", { example: "cooperative close" }),
    },
  }),
});
