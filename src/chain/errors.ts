import { defineErrors } from "../errors.js";

/** Every error of the chain room. Offsets count bytes from the start of the block, the first byte being 0. */
export const chainErrors = defineErrors({
  /** The bytes end inside a field of the block. */
  BLOCK_TRUNCATED: (d: { offsetBytes: number; field: string; neededBytes: number; leftBytes: number }) =>
    `the block ends inside ${d.field} at byte ${d.offsetBytes}: ${d.neededBytes} bytes are needed and ${d.leftBytes} are left; fetch the block again`,

  /** A field of the block holds what no Bitcoin block may hold there. */
  BLOCK_MALFORMED: (d: { offsetBytes: number; field: string; found: string; allowed: string }) =>
    `${d.field} at byte ${d.offsetBytes} is ${d.found}, allowed is ${d.allowed}; fetch the block again`,

  /** The block reads well, but its parts contradict each other: merkle root, witness commitment or proof of work. */
  BLOCK_INVALID: (d: { offsetBytes: number; check: string; found: string; expected: string }) =>
    `the ${d.check} at byte ${d.offsetBytes} is ${d.found}, expected is ${d.expected}; fetch the block again`,

  /** Neither the coinbase, the file name nor a parent among the files tells the height of the block. */
  BLOCK_HEIGHT_UNKNOWN: (d: { file: string; hash: string }) =>
    `nothing tells the height of block ${d.hash}: its coinbase carries none (BIP34) and the file name is no number; name the file after the height, such as 170.raw`,

  /** The file of a block can't be read. */
  BLOCK_FILE_UNREADABLE: (d: { file: string; reason: string }) =>
    `the block file can't be read (${d.reason}); expected is one raw block in a readable file; check the path in chain.files`,

  /** The file holds another block than the one that was checked when the replay started. */
  BLOCK_FILE_CHANGED: (d: { file: string; foundHash: string; expectedHash: string }) =>
    `the file now holds block ${d.foundHash}, it held ${d.expectedHash} when the replay started; restart to play the new one`,

  /** None of the files holds a block that can be played. */
  NO_PLAYABLE_FILE: (d: { files: number; problems: readonly string[] }) =>
    `none of the ${d.files} files of chain.files holds a playable block; at least one must: ${d.problems.join("; ")}`,

  /** No block of that hash is stored. */
  DEVNET_BLOCK_UNKNOWN: (d: { hash: string }) =>
    `no block ${d.hash || "without a hash"} is known to this devnet, only those that it accepted; take a hash from getchaintips or getblockhash`,

  /** The genesis block was to be marked as invalid. */
  DEVNET_GENESIS_KEPT: (d: { hash: string }) =>
    `block ${d.hash} is the genesis block, which every chain stands on; any later block can be marked as invalid`,

  /** A block was to be built of what no block may hold. */
  DEVNET_BLOCK_PLAN_INVALID: (d: { field: string; found: string; allowed: string }) =>
    `${d.field} of the block to be built is ${d.found}, allowed is ${d.allowed}; build it with less`,

  /** The chain source was closed: it can't be started again. */
  CHAIN_SOURCE_CLOSED: (d: { source: string }) =>
    `the chain source "${d.source}" is closed and a source starts once only; create a new one`,
});
