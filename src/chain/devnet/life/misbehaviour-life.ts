import type { ActivityOptions, LifeDependencies } from "./activity-part.js";

const INVALID_BLOCK_SHARE = 0.6;
const FOREVER_SHARE = 0.2;
const SHORTEST_BAN_S = 30;
const MEAN_BAN_S = 120;
const MOST_MESSAGES = 900;
/** Somebody looks through the bans before they are more than this. */
const MOST_BANS = 50;

/** Now and then a peer sends an invalid block or floods, and is banned for it: mostly for a time, sometimes for ever. */
export function misbehaviourLife(
  { actions, peers, random, attempt, often }: LifeDependencies,
  options: ActivityOptions,
) {
  const { misbehaviour_per_minute: perMinute } = options;
  if (perMinute === 0) return;
  often(
    () => 60_000 / perMinute,
    () => {
      const isInvalidBlock = random.chance(INVALID_BLOCK_SHARE);
      const messages = 101 + random.below(MOST_MESSAGES);
      const isForever = random.chance(FOREVER_SHARE);
      const durationS = isForever ? undefined : SHORTEST_BAN_S + Math.round(random.exponential(MEAN_BAN_S));
      const peer = random.pick(peers.peers());
      if (peer === undefined) return;
      attempt("room on the ban list", makeRoom);
      if (isInvalidBlock) {
        attempt("an invalid block", () => actions.receiveInvalidBlock(peer.address));
        return;
      }
      peers.flood(peer.address, messages);
      attempt("a ban", () => actions.banPeer(peer.address, "sent more messages than its rate", durationS));
    },
  );

  function makeRoom(): void {
    const bans = peers.bans();
    const [oldest] = bans;
    if (oldest !== undefined && bans.length >= MOST_BANS) actions.unbanPeer(oldest.address);
  }
}
