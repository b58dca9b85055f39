import { drawAddress } from "./peer-address.js";
import type { Stage } from "./played-stage.js";
import { checkExpectations } from "./scenario-expect.js";
import { isLabel } from "./scenario-labels.js";
import type { ActionStep } from "./scenario-steps.js";

/** A block takes a millisecond or more: so many are mined before the event loop gets its turn. */
const BLOCKS_AT_ONCE = 8;

/**
 * Plays one step; waiting isn't done here.
 * @yields where a long step may be interrupted
 * @throws what the devnet refuses, and a {@link FailedExpectation}
 */
export function* playStep(step: ActionStep, stage: Stage): Generator<void> {
  const { actions, peers, names } = stage;
  switch (step.kind) {
    case "mine": {
      const { count, address, empty, as } = step.given;
      const options = { withoutMempool: empty, ...(address === undefined ? {} : { address }) };
      let first: string | undefined;
      for (let mined = 0; mined < count; mined += BLOCKS_AT_ONCE) {
        if (mined > 0) yield;
        const hashes = actions.mine(Math.min(BLOCKS_AT_ONCE, count - mined), options);
        first ??= hashes[0];
      }
      name(as, first);
      return;
    }
    case "mine_exactly": {
      const { transactions, address, as } = step.given;
      const named = transactions.map((one) => resolved(one, "transaction"));
      name(as, actions.mineExactly(named, address === undefined ? {} : { address }).hash);
      return;
    }
    case "pay": {
      const { value_sat: valueSat, fee_rate: feeRateSatPerVb, replaceable, address, parent, as } = step.given;
      const entry = actions.pay({
        ...{ valueSat, feeRateSatPerVb, isReplaceable: replaceable },
        ...(address === undefined ? {} : { address }),
        ...(parent === undefined ? {} : { parent: resolved(parent, "transaction") }),
      });
      name(as, entry.transaction.txid);
      return;
    }
    case "bump": {
      const { transaction, fee_rate, as } = step.given;
      name(as, actions.bump(resolved(transaction, "transaction"), fee_rate).transaction.txid);
      return;
    }
    case "reorganize":
      actions.reorganize(step.given.depth);
      return;
    case "invalidate":
      actions.invalidate(resolved(step.given.block, "block"));
      return;
    case "reconsider":
      actions.reconsider(resolved(step.given.block, "block"));
      return;
    case "connect_peer": {
      const { address: given, transport = "tcp", as } = step.given;
      const address = given ?? drawAddress(stage.random);
      actions.connectPeer({ address, transport, services: 1033n, version: 70_016 });
      name(as, address);
      return;
    }
    case "disconnect_peer":
      actions.disconnectPeer(resolved(step.given.peer, "peer"), step.given.reason);
      return;
    case "ban_peer":
      actions.banPeer(resolved(step.given.peer, "peer"), step.given.reason, step.given.duration_s);
      return;
    case "unban_peer":
      actions.unbanPeer(resolved(step.given.peer, "peer"));
      return;
    case "invalid_block":
      actions.receiveInvalidBlock(resolved(step.given.peer, "peer"));
      return;
    case "flood":
      peers.flood(resolved(step.given.peer, "peer"), step.given.messages);
      return;
    case "gossip":
      peers.gossip(step.given.count);
      return;
    case "partition":
      name(step.given.as, peers.partition(step.given.share));
      return;
    case "reconnect":
      peers.reconnect(resolved(step.given.partition, "partition"));
      return;
    case "set_time":
      actions.setMockTime(step.given.time_s);
      peers.tick();
      return;
    case "advance_time":
      actions.setMockTime(actions.nowS() + Math.ceil(step.given.by / 1000));
      peers.tick();
      return;
    case "expire":
      actions.expire();
      return;
    case "clear_mempool":
      actions.clearMempool();
      return;
    case "expect":
      checkExpectations(step.given, stage, resolved);
      return;
    case "wait":
      return;
  }
  step satisfies never;

  function name(label: string | undefined, value: string | undefined): void {
    if (label !== undefined && value !== undefined) names.set(label, value);
  }

  /** What a label stands for; everything else stands for itself. */
  function resolved(text: string, kind: "block" | "transaction" | "peer" | "partition"): string {
    if (kind === "block" && text === "tip") return actions.tip.hash;
    return isLabel(text, kind) ? (names.get(text) ?? text) : text;
  }
}
