import type { ActivityOptions, LifeDependencies } from "./activity-part.js";

/** Some miners begin with an empty block before they know what waits. */
const EMPTY_SHARE = 0.03;
/** Every other reorganisation is what a part of the peers built while it was cut off. */
const PARTITION_SHARE = 0.5;

/** Blocks at random intervals; after some of them a branch takes over, and each deeper one is half as likely. */
export function blockLife(
  { actions, peers, random, attempt, often, later }: LifeDependencies,
  options: ActivityOptions,
) {
  const meanMs = options.block_interval_s * 1000;
  const reorgs = random.fork("reorganisations");

  function reorganize(depth: number): void {
    const possible = Math.min(depth, actions.tip.heightBlocks);
    if (possible > 0) attempt("a reorganisation", () => void actions.reorganize(possible));
  }

  often(
    () => meanMs,
    () => {
      const withoutMempool = random.chance(EMPTY_SHARE);
      const isMined = attempt("a block", () => void actions.mine(1, { withoutMempool }));
      if (!reorgs.chance(options.reorg_probability)) return;
      const depth = drawDepth();
      const healingMs = reorgs.exponential(meanMs / 2);
      const isCutOff = reorgs.chance(PARTITION_SHARE);
      if (!isMined) return;
      const id = isCutOff ? peers.partition(0.2 + 0.4 * reorgs.next()) : undefined;
      if (id === undefined) {
        reorganize(depth);
        return;
      }
      later(healingMs, () => {
        peers.reconnect(id);
        reorganize(depth);
      });
    },
  );

  function drawDepth(): number {
    let depth = 1;
    while (depth < options.reorg_max_depth && reorgs.chance(0.5)) depth += 1;
    return depth;
  }
}
