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

  /** The kept chain of the devnet has reached its size limit. */
  DEVNET_STORE_FULL: (d: { place: string; sizeBytes: number; neededBytes: number; maxBytes: number }) =>
    `${d.place} holds ${d.sizeBytes} bytes and ${d.neededBytes} more don't fit into ${d.maxBytes}; raise devnet.max_store_bytes and restart, or remove the store to begin a new chain`,

  /** The devnet's store can't be read or written: the disk is full or fails, or another process writes the file. */
  DEVNET_STORE_FAILED: (d: { place: string; action: string; reason: string }) =>
    `${d.place} can't ${d.action} (${d.reason}); expected is a file on a disk with room that no other process writes; mend that and restart`,

  /** Bytes of the devnet's store changed after they were written. */
  DEVNET_STORE_DAMAGED: (d: { file: string; offsetBytes: number; problem: string }) =>
    `the record at byte ${d.offsetBytes} of ${d.file} is damaged: ${d.problem}; only a cut-off end is allowed; put a copy of the file back, or cut it to ${d.offsetBytes} bytes (truncate -s ${d.offsetBytes}) to go on with what is before`,

  /** The file is not a store of this chain, or of another version. */
  DEVNET_STORE_FOREIGN: (d: { file: string; found: string; allowed: string }) =>
    `${d.file} is ${d.found}, expected is ${d.allowed}; move the file away to begin a new chain, or run the version that wrote it`,

  /** The coins that were named don't pay what was asked, its fee included. */
  DEVNET_FUNDS_LOW: (d: { neededSat: number; availableSat: number; maxInputs: number }) =>
    `the payment takes ${d.neededSat} satoshi with its fee and the coins hold ${d.availableSat} in at most ${d.maxInputs} inputs; mine blocks to the wallet or pay less`,

  /** What the wallet was asked to pay can't be paid: an output too small, a fee rate that is none, a coin without a key. */
  DEVNET_PAYMENT_INVALID: (d: { field: string; found: string; allowed: string }) =>
    `${d.field} is ${d.found}, allowed is ${d.allowed}; ask for another payment`,
  /** The node answered a call of its JSON-RPC with an error of its own; `rpcCode` is its number. */
  NODE_RPC_ERROR: (d: { method: string; rpcCode: number; reason: string }) =>
    `the node answered ${d.method} with error ${d.rpcCode} (${d.reason}); expected is a result; look up the number in the node's documentation of ${d.method}`,

  /** No connection to the node's JSON-RPC, or it broke. */
  NODE_UNREACHABLE: (d: { url: string; reason: string }) =>
    `no answer from the node at ${d.url} (${d.reason}); expected is Bitcoin Core with server=1 there; start the node or correct bitcoin_core.url`,

  /** The node took a call and didn't answer in time. */
  NODE_CALL_TIMEOUT: (d: { method: string; timeoutMs: number }) =>
    `the node didn't answer ${d.method} within ${d.timeoutMs} ms; look at the node's load or raise bitcoin_core.timeout_ms`,

  /** More calls wait for the node than are allowed. */
  NODE_CALLS_EXCEEDED: (d: { waiting: number; limit: number }) =>
    `${d.waiting} calls wait for the node, ${d.limit} may; ask less at a time`,

  /** The node refused the login; what was sent is not told. */
  NODE_LOGIN_REFUSED: (d: { url: string; login: string }) =>
    `the node at ${d.url} refused the login with ${d.login}; allowed is the node's own .cookie file or a user of its rpcauth; correct bitcoin_core.cookie_file, or user and password`,

  /** The node's cookie file can't be read; a node that isn't running has none. */
  NODE_COOKIE_UNREADABLE: (d: { file: string; reason: string }) =>
    `the node's cookie file ${d.file} can't be used (${d.reason}); expected is one line name:secret that this process may read; start the node, or correct bitcoin_core.cookie_file`,

  /** What answered is no JSON-RPC, or not the whole of it. */
  NODE_ANSWER_INVALID: (d: { method: string; status: number; problem: string }) =>
    `the answer to ${d.method} (HTTP ${d.status}) ${d.problem}; expected is one whole JSON-RPC answer; see what listens at bitcoin_core.url`,

  /** The node loads its chain and answers no call yet; `reason` is its own word for what it does. */
  NODE_WARMING_UP: (d: { rpcCode: number; reason: string }) =>
    `the node is starting (${d.reason}); calls are answered when it is ready; wait`,

  /** The node is too old for a call, or the call is disabled. */
  NODE_METHOD_MISSING: (d: { rpcCode: number; method: string }) =>
    `the node doesn't know ${d.method}; Bitcoin Core 24 or later does; upgrade the node`,

  /** The node has deleted the block. */
  NODE_BLOCK_PRUNED: (d: { rpcCode: number; method: string; reason: string }) =>
    `the node no longer has the block that ${d.method} asks for (${d.reason}); a pruned node keeps the last blocks only; ask for a later one or run the node with prune=0`,

  /** The node can't find a confirmed transaction by its id alone. */
  NODE_TXINDEX_MISSING: (d: { rpcCode: number; method: string; reason: string }) =>
    `the node can't look up confirmed transactions for ${d.method} (${d.reason}); that takes its transaction index; run the node with txindex=1`,

  /** The node is on another network than the configuration says. */
  NODE_WRONG_NETWORK: (d: { found: string; expected: string }) =>
    `the node is on network "${d.found}", bitcoin_core.network allows "${d.expected}"; correct one of the two`,

  /** More blocks were missed than are told one by one. */
  NODE_CATCH_UP_EXCEEDED: (d: { missedBlocks: number; limitBlocks: number }) =>
    `${d.missedBlocks} blocks were missed, ${d.limitBlocks} are told one by one; the events begin anew at the node's tip; raise bitcoin_core.max_catch_up_blocks to have them all`,

  /** The node has lost a block that it had as its tip before. */
  NODE_CHAIN_UNKNOWN: (d: { hash: string; heightBlocks: number }) =>
    `the node doesn't know block ${d.hash} (height ${d.heightBlocks}), which was in its chain before; expected is a chain that goes on; the events begin anew at its tip: see whether its data directory was replaced`,

  /** The library for ZMQ can't be loaded. */
  ZMQ_UNAVAILABLE: (d: { reason: string }) =>
    `the library zeromq can't be loaded (${d.reason}); with it the node's notifications are heard, without it the node is polled; install it with: npm install zeromq`,

  /** A template was asked for without a script to pay: a node without wallet has none to pay to. */
  NODE_TEMPLATE_UNPAID: () =>
    "the block template was asked for without a script to pay, and source bitcoin-core has none of its own; give the script or the address that the block shall pay",
});
