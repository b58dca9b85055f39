/** The 24 groups of the catalogue, in the order in which reference pages and `eventTypes` show them. */
export const eventCategories = [
  "Core Blockchain",
  "Payment",
  "Mining",
  "Mesh Networking",
  "Stratum V2",
  "Governance",
  "Network",
  "Consensus",
  "Sync",
  "Mempool",
  "Storage",
  "Module Lifecycle",
  "Configuration",
  "Node Lifecycle",
  "Maintenance",
  "Resource Management",
  "Dandelion++",
  "Compact Blocks",
  "FIBRE",
  "Package Relay",
  "UTXO Commitments",
  "Ban List Sharing",
  "Extended Module",
  "Module Registry",
] as const;

export type EventCategory = (typeof eventCategories)[number];
