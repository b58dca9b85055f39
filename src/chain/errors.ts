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

  /** The chain source was closed: it can't be started again. */
  CHAIN_SOURCE_CLOSED: (d: { source: string }) =>
    `the chain source "${d.source}" is closed and a source starts once only; create a new one`,

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
});
