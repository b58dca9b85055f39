import type { z } from "zod";
import { banListSharingEvents } from "./categories/ban-list-sharing.js";
import { compactBlocksEvents } from "./categories/compact-blocks.js";
import { configurationEvents } from "./categories/configuration.js";
import { consensusEvents } from "./categories/consensus.js";
import { coreBlockchainEvents } from "./categories/core-blockchain.js";
import { dandelionEvents } from "./categories/dandelion.js";
import { extendedModuleEvents } from "./categories/extended-module.js";
import { fibreEvents } from "./categories/fibre.js";
import { governanceEvents } from "./categories/governance.js";
import { maintenanceEvents } from "./categories/maintenance.js";
import { mempoolEvents } from "./categories/mempool.js";
import { meshNetworkingEvents } from "./categories/mesh-networking.js";
import { miningEvents } from "./categories/mining.js";
import { moduleLifecycleEvents } from "./categories/module-lifecycle.js";
import { moduleRegistryEvents } from "./categories/module-registry.js";
import { networkEvents } from "./categories/network.js";
import { nodeLifecycleEvents } from "./categories/node-lifecycle.js";
import { packageRelayEvents } from "./categories/package-relay.js";
import { paymentEvents } from "./categories/payment.js";
import { resourceManagementEvents } from "./categories/resource-management.js";
import { storageEvents } from "./categories/storage.js";
import { stratumV2Events } from "./categories/stratum-v2.js";
import { syncEvents } from "./categories/sync.js";
import { utxoCommitmentsEvents } from "./categories/utxo-commitments.js";
import type { EventDefinition } from "./event-definition.js";

const catalogue = {
  ...coreBlockchainEvents,
  ...paymentEvents,
  ...miningEvents,
  ...meshNetworkingEvents,
  ...stratumV2Events,
  ...governanceEvents,
  ...networkEvents,
  ...consensusEvents,
  ...syncEvents,
  ...mempoolEvents,
  ...storageEvents,
  ...moduleLifecycleEvents,
  ...configurationEvents,
  ...nodeLifecycleEvents,
  ...maintenanceEvents,
  ...resourceManagementEvents,
  ...dandelionEvents,
  ...compactBlocksEvents,
  ...fibreEvents,
  ...packageRelayEvents,
  ...utxoCommitmentsEvents,
  ...banListSharingEvents,
  ...extendedModuleEvents,
  ...moduleRegistryEvents,
};

type Catalogue = typeof catalogue;

/** The names of all events, deprecated aliases included. */
export type EventType = keyof Catalogue;

type DeepReadonly<Payload> = {
  readonly [Name in keyof Payload]: Payload[Name] extends string[] ? readonly string[] : Payload[Name];
};

/** The payload of an event type, as its schema accepts it. Payloads are shared by all readers: never write to one. */
export type EventPayload<Type extends EventType = EventType> = {
  [One in Type]: DeepReadonly<z.output<Catalogue[One]["schema"]>>;
}[Type];

/** Every event by its type. Key order is catalogue order: by category, then as the category lists them. */
export const eventCatalogue: { readonly [Type in EventType]: EventDefinition<Type> } = catalogue;

/** All event types in catalogue order, deprecated aliases included. */
export const eventTypes: readonly EventType[] = Object.freeze(Object.keys(catalogue) as EventType[]);

/** The catalogue's entry of a type. */
export function eventDefinition<Type extends EventType>(type: Type): EventDefinition<Type> {
  return eventCatalogue[type];
}

const indexByType: ReadonlyMap<string, number> = new Map(eventTypes.map((type, index) => [type, index]));

/** True for the 125 names of the catalogue, aliases included; false for any other string. */
export function isEventType(name: string): name is EventType {
  return indexByType.has(name);
}

/**
 * The position of a type in `eventTypes`, 0 to 124, for tables of integers per type.
 * It may differ between versions: it is no wire index and belongs in no file.
 * @returns -1 for a name that is no event type.
 */
export function typeIndex(type: EventType): number {
  return indexByType.get(type) ?? -1;
}

/** The type that a name stands for: the target of a deprecated alias, or the type itself. */
export function resolveAlias(type: EventType): EventType {
  return (eventCatalogue[type].aliasOf ?? type) as EventType;
}
