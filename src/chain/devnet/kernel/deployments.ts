import type { BlockEntry, ChainKernel } from "./chain-kernel.js";

/** How far a deployment has come at some block (BIP9). */
export type DeploymentStatus = "defined" | "started" | "locked_in" | "active";

/** A deployment at some block. */
export interface DeploymentState {
  /** As Core's getdeploymentinfo names it. */
  readonly name: string;
  readonly status: DeploymentStatus;
  /** Height of the first block with this status. */
  readonly sinceHeightBlocks: number;
  /** True for the block with which it came to this status. */
  readonly isNew: boolean;
}

interface SignalledState {
  readonly status: DeploymentStatus;
  readonly sinceHeightBlocks: number;
}

/** In regtest from a fixed height on. */
const buried = [
  { name: "bip34", sinceHeightBlocks: 1 },
  { name: "bip66", sinceHeightBlocks: 1 },
  { name: "bip65", sinceHeightBlocks: 1 },
  { name: "csv", sinceHeightBlocks: 1 },
  { name: "segwit", sinceHeightBlocks: 0 },
  { name: "taproot", sinceHeightBlocks: 0 },
] as const;

const testdummy = { name: "testdummy", bit: 28, periodBlocks: 144, thresholdBlocks: 108 } as const;
const versionTopBits = 0x2000_0000;
const versionTopMask = 0xe000_0000;
const defined: SignalledState = { status: "defined", sinceHeightBlocks: 0 };

// By the last block of a period: the state of the period after it.
const known = new WeakMap<BlockEntry, SignalledState>();

/**
 * Which rules hold for a block, in the order of Core's getdeploymentinfo: those of a fixed height, then testdummy, which
 * miners signal. `isNew` tells which changed with this very block.
 */
export function deploymentStates(
  kernel: Pick<ChainKernel, "entry">,
  entry: BlockEntry,
): readonly DeploymentState[] {
  const { heightBlocks } = entry;
  const signalled = stateBelow(kernel, kernel.entry(entry.header.previousHash));
  return [
    ...buried.map(({ name, sinceHeightBlocks }) =>
      heightBlocks >= sinceHeightBlocks
        ? { name, status: "active" as const, sinceHeightBlocks }
        : { name, status: "defined" as const, sinceHeightBlocks: 0 },
    ),
    { name: testdummy.name, ...signalled },
  ].map((state) => ({ ...state, isNew: state.sinceHeightBlocks === heightBlocks }));
}

/** The version of a block on top of `parent`: it signals what has started or is locked in, as Core's miner does. */
export function nextVersion(kernel: Pick<ChainKernel, "entry">, parent: BlockEntry): number {
  const { status } = stateBelow(kernel, parent);
  const signals = status === "started" || status === "locked_in";
  return versionTopBits | (signals ? 1 << testdummy.bit : 0);
}

// Of a block whose parent is given; none for the genesis block.
function stateBelow(kernel: Pick<ChainKernel, "entry">, parent: BlockEntry | undefined): SignalledState {
  const ends: BlockEntry[] = [];
  let end = parent && endOfPeriod(kernel, parent);
  while (end !== undefined && !known.has(end)) {
    ends.push(end);
    end = ancestor(kernel, end, testdummy.periodBlocks);
  }
  let state = (end && known.get(end)) ?? defined;
  for (const next of ends.reverse()) {
    state = following(kernel, state, next);
    known.set(next, state);
  }
  return state;
}

function following(
  kernel: Pick<ChainKernel, "entry">,
  state: SignalledState,
  end: BlockEntry,
): SignalledState {
  const sinceHeightBlocks = end.heightBlocks + 1;
  switch (state.status) {
    case "defined":
      // It starts at time 0, which every block is after.
      return { status: "started", sinceHeightBlocks };
    case "started":
      return signallingBlocks(kernel, end) >= testdummy.thresholdBlocks
        ? { status: "locked_in", sinceHeightBlocks }
        : state;
    case "locked_in":
      return { status: "active", sinceHeightBlocks };
    case "active":
      return state;
  }
}

function signallingBlocks(kernel: Pick<ChainKernel, "entry">, end: BlockEntry): number {
  let count = 0;
  let each: BlockEntry | undefined = end;
  for (let step = 0; step < testdummy.periodBlocks && each !== undefined; step += 1) {
    const { version } = each.header;
    if ((version & versionTopMask) >>> 0 === versionTopBits && ((version >>> testdummy.bit) & 1) === 1) {
      count += 1;
    }
    each = kernel.entry(each.header.previousHash);
  }
  return count;
}

// The last block of the last whole period up to the parent; none within the first period.
function endOfPeriod(kernel: Pick<ChainKernel, "entry">, parent: BlockEntry): BlockEntry | undefined {
  return ancestor(kernel, parent, (parent.heightBlocks + 1) % testdummy.periodBlocks);
}

function ancestor(
  kernel: Pick<ChainKernel, "entry">,
  entry: BlockEntry,
  generations: number,
): BlockEntry | undefined {
  let each: BlockEntry | undefined = entry;
  for (let step = 0; step < generations && each !== undefined; step += 1) {
    each = kernel.entry(each.header.previousHash);
  }
  return each;
}
