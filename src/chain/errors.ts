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

  /** A parameter of a JSON-RPC method has the right type and a value that isn't allowed; Core's number is -8. */
  CHAIN_PARAMETER_INVALID: (d: { problem: string; allowed: string }) =>
    `${d.problem}; allowed is ${d.allowed}; correct the call`,

  /** There is no block, transaction or output of that name; Core's number is -5. */
  CHAIN_NOT_FOUND: (d: { problem: string; name: string; known: string }) =>
    `${d.problem}: ${d.name} was asked for; known is ${d.known}; look it up first`,

  /** The text is no address of the chain's network; Core's number is -5. */
  CHAIN_ADDRESS_INVALID: (d: { problem: string; address: string }) =>
    `${d.problem}: ${d.address}; allowed is an address of regtest (bcrt1…, m…, n…, 2…); ask getnewaddress for one`,

  /** An amount is negative, too large or finer than a satoshi; Core's number is -3. */
  CHAIN_AMOUNT_INVALID: (d: { amount: string }) =>
    `Invalid amount: ${d.amount}; allowed are 0 to 21000000 with up to 8 decimals; correct it`,

  /** Hex that is no block, or no transaction; Core's number is -22. */
  CHAIN_DECODE_FAILED: (d: { problem: string; reason: string; allowed: string }) =>
    `${d.problem} (${d.reason}); allowed is ${d.allowed}; serialize it again`,

  /** A transaction spends outputs that aren't there, or that another one spent; Core's number is -25. */
  CHAIN_INPUTS_MISSING: (d: { txid: string; reason: string }) =>
    `${d.reason}: transaction ${d.txid} spends what isn't unspent; allowed are outputs of the best chain and the mempool; look at gettxout`,

  /** A transaction that was sent is in the chain and unspent; Core's number is -27. */
  CHAIN_ALREADY_CONFIRMED: (d: { txid: string }) =>
    `Transaction outputs already in utxo set: ${d.txid} is confirmed; allowed are transactions that no block has; there is nothing left to do`,

  /** A transaction pays or burns more than its sender allows; Core's number is -25. */
  CHAIN_SPEND_TOO_HIGH: (d: { problem: string; txid: string; foundSat: number; limitSat: number }) =>
    `${d.problem}: ${d.txid} has ${d.foundSat} sat, allowed are ${d.limitSat} sat; raise the limit in the call`,

  /** A peer's address is none, or its ban can't be changed as asked; Core's number is -30. */
  CHAIN_BAN_REFUSED: (d: { problem: string; allowed: string }) =>
    `${d.problem}; allowed is ${d.allowed}; look at listbanned`,

  /** No block that the chain takes can be made of the named transactions; Core's number is -25. */
  CHAIN_BLOCK_UNMINABLE: (d: { reason: string }) =>
    `TestBlockValidity failed: ${d.reason}; allowed are transactions that the chain takes in this order; leave out the one that breaks the rule`,

  /** Who is to be banned is banned; Core's number is -23. */
  CHAIN_ALREADY_BANNED: (d: { address: string }) =>
    `Error: IP/Subnet already banned: ${d.address}; allowed is whoever isn't; remove the ban first`,

  /** As many callers wait for a new template as are allowed; it may be asked for again. */
  CHAIN_TOO_MANY_POLLS: (d: { limit: number }) =>
    `${d.limit} calls wait for a new template, which is the limit; wait for one of them, or ask without longpollid`,

  /** A peer's address can't be read, or nobody of that address can be pretended. */
  DEVNET_PEER_ADDRESS: (d: { found: string; allowed: string }) =>
    `the peer's address is ${d.found}, allowed is ${d.allowed}; name a peer as 203.0.113.7:18444`,

  /** A pretended peer can't come: it is there already, it is banned, or there is no room. */
  DEVNET_PEER_REFUSED: (d: { address: string; reason: string; allowed: string; advice: string }) =>
    `peer ${d.address} ${d.reason}, allowed is ${d.allowed}; ${d.advice}`,

  /** Something was asked of a pretended peer that isn't connected, or of a ban that isn't on the list. */
  DEVNET_PEER_UNKNOWN: (d: { address: string; list: string; known: readonly string[] }) =>
    `${d.address} is not ${d.list}, these are: ${d.known.length === 0 ? "none" : d.known.slice(0, 10).join(", ")}; name one of them`,

  /** A scenario's file can't be read. */
  SCENARIO_UNREADABLE: (d: { file: string; reason: string }) =>
    `the scenario ${d.file} can't be read (${d.reason}); expected is a readable file of YAML; check the path`,

  /** A scenario breaks a rule of its language; nothing of it was played. */
  SCENARIO_INVALID: (d: {
    file: string;
    line: number;
    column: number;
    found: string;
    allowed: string;
    nearest?: string;
  }) =>
    `${d.file}:${d.line}:${d.column}: found ${d.found}, allowed is ${d.allowed}; ${d.nearest === undefined ? "mend the scenario" : `did you mean ${d.nearest}?`}`,

  /** A step of a scenario was refused by the devnet; the steps before it are done, those after it are not. */
  SCENARIO_STEP_FAILED: (d: {
    file: string;
    line: number;
    step: number;
    steps: number;
    what: string;
    code?: string;
    reason: string;
  }) =>
    `${d.file}:${d.line}: step ${d.step} of ${d.steps} (${d.what}) failed: ${d.reason}; expected is a step that the devnet can do; mend the scenario or the steps before`,

  /** What a scenario expects isn't so; the steps after it were not played. */
  SCENARIO_EXPECTATION_FAILED: (d: {
    file: string;
    line: number;
    step: number;
    steps: number;
    what: string;
    found: string;
    expected: string;
  }) =>
    `${d.file}:${d.line}: step ${d.step} of ${d.steps}: ${d.what} is ${d.found}, expected is ${d.expected}; look at the steps before`,

  /** A scenario was stopped before its last step. */
  SCENARIO_STOPPED: (d: { name: string; step: number; steps: number }) =>
    `scenario ${JSON.stringify(d.name)} was stopped after step ${d.step} of ${d.steps}, expected was its end; play it again from the start`,

  /** One scenario plays at a time. */
  SCENARIO_RUNNING: (d: { name: string; step: number; steps: number }) =>
    `scenario ${JSON.stringify(d.name)} is at step ${d.step} of ${d.steps}, allowed is one at a time; wait for its end or stop it`,

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
    `the payment takes ${d.neededSat} satoshi with its fee, the coins hold ${d.availableSat} in at most ${d.maxInputs} inputs; mine blocks to the wallet or pay less`,

  /** What the wallet was asked to pay can't be paid: an output too small, a fee rate that is none, a coin without a key. */
  DEVNET_PAYMENT_INVALID: (d: { field: string; found: string; allowed: string }) =>
    `${d.field} is ${d.found}, allowed is ${d.allowed}; ask for another payment`,
  /** The node answered a call of its JSON-RPC with an error of its own; `rpcCode` is its number. */
  NODE_RPC_ERROR: (d: { method: string; rpcCode: number; reason: string }) =>
    `the node answered ${d.method} with error ${d.rpcCode} (${d.reason}); expected is a result; look up the number in the node's documentation of ${d.method}`,

  /** Half a login is configured, or two. */
  NODE_LOGIN_UNCLEAR: (d: { found: string }) =>
    `[bitcoin_core] has ${d.found}, allowed is cookie_file, or user with password, or none of them; remove one or add what is missing`,

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
    `the answer to ${d.method} (HTTP ${d.status}) ${d.problem}; expected is one whole JSON-RPC answer; see what listens at bitcoin_core.url, and at HTTP 403 whether the node's rpcallowip allows this machine`,

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

  /** A transaction was sent that the devnet doesn't take; `reason` is Core's word. */
  CHAIN_TRANSACTION_REJECTED: (d: { txid: string; reason: string }) =>
    `${d.reason}: transaction ${d.txid} is refused, allowed is what Bitcoin Core's rules and policy take; send another one`,

  /** A block was made or sent that the devnet doesn't take; `reason` is Core's word. */
  CHAIN_BLOCK_REJECTED: (d: { hash: string; reason: string }) =>
    `block ${d.hash} is refused (${d.reason}), accepted is what the rules of regtest allow; make another one`,

  /** The text is no address that regtest can pay to. */
  DEVNET_ADDRESS_UNKNOWN: (d: { address: string }) =>
    `${d.address} is no address of regtest, allowed are those that begin with bcrt1, m, n or 2; take one from getnewaddress`,

  /** A transaction was named that doesn't wait, or isn't the wallet's. */
  DEVNET_TRANSACTION_UNKNOWN: (d: { txid: string; found: string }) =>
    `transaction ${d.txid} ${d.found}, allowed is one of the wallet's own that waits; take one from getrawmempool`,

  /** A reorganisation deeper than the chain, or so deep that coins of a coinbase would be lost. */
  DEVNET_REORG_TOO_DEEP: (d: { depthBlocks: number; mostBlocks: number }) =>
    `a reorganisation of ${d.depthBlocks} blocks is asked for, allowed are 1 to ${d.mostBlocks} on this chain; ask for fewer or mine more`,

  /** More hashes on a deny list than the devnet holds. */
  DEVNET_DENYLIST_FULL: (d: { foundHashes: number; mostHashes: number }) =>
    `the deny list would hold ${d.foundHashes} hashes, allowed are ${d.mostHashes}; clear it or replace it by fewer`,

  /** The devnet was asked before it had read its chain back. */
  DEVNET_NOT_STARTED: (d: { phase: string }) =>
    `the devnet is in phase ${d.phase} and answers once it has started; ask again later`,
});
