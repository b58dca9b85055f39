import { nearestName } from "../events/index.js";

const descriptions = {
  read_blockchain: "read blocks, headers and transactions",
  read_utxo: "read unspent transaction outputs",
  read_chain_state: "read the tip, the height and the state of synchronisation",
  subscribe_events: "receive events",
  send_transactions: "hand transactions to the node for relay",
  read_mempool: "read unconfirmed transactions and fee estimates",
  read_network: "read the peers and the state of the network",
  network_access: "open network connections of its own",
  read_lightning: "read the state of Lightning",
  read_payment: "read payment requests and their state",
  read_storage: "read its own key-value trees",
  write_storage: "write and delete entries of its own key-value trees",
  manage_storage: "create and delete its own key-value trees and read their quota",
  read_filesystem: "read files below its own data directory through the node",
  write_filesystem: "write and delete files below its own data directory through the node",
  manage_filesystem: "create and delete directories there and read their quota",
  register_rpc_endpoint: "answer RPC methods of its own",
  manage_timers: "have the node call it at intervals or once",
  report_metrics: "report metrics of its own",
  read_metrics: "read the metrics of modules",
  discover_modules: "list the loaded modules and read what they say about themselves",
  publish_events: "publish the events that modules own",
  call_module: "call the API of other modules",
  register_module_api: "offer an API and hooks that others call",
  submit_block: "submit a block to the node",
  queue_inbound_block: "queue a block that it received for validation",
  spawn_processes: "fork and start programs inside its sandbox",
} as const;

/** The name of one thing that a module may be allowed to do. */
export type Capability = keyof typeof descriptions;

export interface CapabilityDefinition {
  readonly name: Capability;
  /** Completes "a module that has it may …". */
  readonly description: string;
  /** True when a module whose manifest says nothing has it. */
  readonly isDefault: boolean;
}

/** What a module may do when its manifest has no `capabilities`; an empty list means nothing at all. */
export const defaultCapabilities: readonly Capability[] = [
  "read_blockchain",
  "read_utxo",
  "read_chain_state",
  "subscribe_events",
];

const names = Object.keys(descriptions) as Capability[];

/** Every capability there is, in the order of the reference page. */
export const capabilities: readonly CapabilityDefinition[] = names.map((name) => ({
  name,
  description: descriptions[name],
  isDefault: defaultCapabilities.includes(name),
}));

function pascalCase(name: Capability): string {
  return name
    .split("_")
    .map((word) => (word === "utxo" ? "UTXO" : word.charAt(0).toUpperCase() + word.slice(1)))
    .join("");
}

const bySpelling: ReadonlyMap<string, Capability> = new Map(
  names.flatMap((name) => [[name, name] as const, [pascalCase(name), name] as const]),
);

/** The capability that a text names in snake_case or PascalCase, or undefined. */
export function parseCapability(text: string): Capability | undefined {
  return bySpelling.get(text);
}

/** The known spelling closest to a text that names no capability, if one is close. */
export function nearestCapability(text: string): string | undefined {
  return nearestName(text, [...bySpelling.keys()]);
}
