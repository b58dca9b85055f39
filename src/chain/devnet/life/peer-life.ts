import type { ActivityOptions, LifeDependencies } from "./activity-part.js";

/** While too few are there, one is dialled so often; otherwise somebody comes or goes. */
const DIAL_MS = 500;
const CHURN_MS = 15_000;
const GOSSIP_MS = 20_000;
const CLOCK_MS = 1000;
const EXPIRY_MS = 60_000;
const UNANSWERED_SHARE = 0.15;
const MOST_TOLD = 3;

/** Peers come and go around a number, tell addresses of others, and time passes for bans, addresses and the mempool. */
export function peerLife(
  { actions, peers, random, attempt, often }: LifeDependencies,
  options: ActivityOptions,
) {
  const { peers: wanted } = options;
  if (wanted > 0) {
    const churn = often(
      () => (peers.peers().length < wanted ? DIAL_MS : CHURN_MS),
      () => {
        const before = peers.peers().length;
        if (before < wanted || (before === wanted && random.chance(0.5))) dial();
        else leave();
        // It may have to go faster from here on, or slower.
        if (before < wanted !== peers.peers().length < wanted) churn.redraw();
      },
    );
    const gossip = random.fork("gossip");
    often(
      () => GOSSIP_MS,
      () => peers.gossip(1 + gossip.below(MOST_TOLD)),
    );
  }
  often(
    () => CLOCK_MS,
    () => peers.tick(),
  );
  often(
    () => EXPIRY_MS,
    () => void attempt("the mempool's expiry", () => actions.expire()),
  );

  function dial(): void {
    const peer = peers.candidate();
    if (random.chance(UNANSWERED_SHARE)) {
      peers.failToConnect(peer.address, random.chance(0.5) ? "connection timed out" : "connection refused");
    } else attempt("a connection", () => actions.connectPeer(peer));
  }

  function leave(): void {
    const peer = random.pick(peers.peers());
    if (peer === undefined) return;
    const reason = random.chance(0.7) ? "timeout" : "error";
    attempt("a disconnection", () => actions.disconnectPeer(peer.address, reason));
  }
}
