import type { BlockFile } from "./block-file.js";

/** A block file whose place in its chain is known. */
export interface ChainBlock extends BlockFile {
  readonly heightBlocks: number;
  /** By the miners' clocks, and so at times negative; undefined for the first block of a chain. */
  readonly sinceParentMs: number | undefined;
}

export interface BlockChains {
  /** Each a run of blocks in which every block's parent stands right before it and is one lower. */
  readonly chains: readonly (readonly ChainBlock[])[];
  /** Blocks of chains in which no block tells its height. */
  readonly withoutHeight: readonly BlockFile[];
}

/**
 * Sorts blocks into chains by their previous hash, whatever order the files are in; chains keep the order
 * in which their first block is listed. Of two blocks with one parent the one listed first continues the chain,
 * the other begins a chain of its own. A block listed twice counts once.
 * A height that one block of a chain knows tells all the others.
 */
export function blockChains(files: readonly BlockFile[]): BlockChains {
  const byHash = new Map<string, BlockFile>();
  const firstChild = new Map<string, BlockFile>();
  for (const file of files) {
    if (byHash.has(file.hash)) continue;
    byHash.set(file.hash, file);
    if (!firstChild.has(file.previousHash)) firstChild.set(file.previousHash, file);
  }

  const chains: (readonly ChainBlock[])[] = [];
  const withoutHeight: BlockFile[] = [];
  for (const file of byHash.values()) {
    const hasParent = byHash.has(file.previousHash);
    if (hasParent && firstChild.get(file.previousHash) === file) continue;
    const run = runFrom(file, firstChild);
    const known = run.findIndex((block) => block.heightBlocks !== undefined);
    const firstHeight = (run[known]?.heightBlocks ?? -1) - known;
    if (known < 0 || firstHeight < 0) withoutHeight.push(...run);
    else chains.push(run.map((block, index) => placed(block, firstHeight + index, run[index - 1])));
  }
  return { chains, withoutHeight };
}

function placed(block: BlockFile, heightBlocks: number, parent: BlockFile | undefined): ChainBlock {
  const sinceParentMs = parent && (block.timestampS - parent.timestampS) * 1000;
  return { ...block, heightBlocks, sinceParentMs };
}

function runFrom(first: BlockFile, firstChild: ReadonlyMap<string, BlockFile>): BlockFile[] {
  const run: BlockFile[] = [];
  for (let next: BlockFile | undefined = first; next !== undefined; next = firstChild.get(next.hash)) {
    run.push(next);
  }
  return run;
}
