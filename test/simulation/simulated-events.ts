import type { EventPayload, EventType } from "../../src/events/index.js";

/** Types that a simulated module may subscribe to. */
export const SIMULATED_TYPES = [
  "MempoolTransactionAdded",
  "NewBlock",
  "ChainReorg",
  "DataMaintenance",
  "ActionExecuted",
  "ModuleLoaded",
  "ModuleUnloaded",
  "ModuleCrashed",
  "NodeShutdown",
  "NodeShutdownCompleted",
] as const satisfies readonly EventType[];
export type SimulatedType = (typeof SIMULATED_TYPES)[number];

/** Types that a story's node publishes; ActionExecuted is a module's to publish. */
export const PUBLISHED_TYPES = [
  "MempoolTransactionAdded",
  "NewBlock",
  "ChainReorg",
  "DataMaintenance",
] as const satisfies readonly SimulatedType[];
export type PublishedType = (typeof PUBLISHED_TYPES)[number];

const ALWAYS_CRITICAL: ReadonlySet<string> = new Set<SimulatedType>([
  "ChainReorg",
  "ModuleUnloaded",
  "ModuleCrashed",
  "NodeShutdown",
]);

/** As delivery.md, promise 10, says it; the catalogue's own word is not asked. */
export function isCriticalByContract(
  type: SimulatedType,
  payload: Readonly<Record<string, unknown>>,
): boolean {
  if (type === "DataMaintenance") return payload.urgency === "high";
  return ALWAYS_CRITICAL.has(type);
}

/** A filter's verdict over an event that carries this number; every seventh makes it throw. */
export function passesFilter(serial: number): boolean {
  if (serial % 7 === 3) throw new RangeError("this filter fails now and then");
  return serial % 2 === 0;
}

/** The number that {@link nodePayload} and {@link modulePayload} put into a payload. */
export function serialOf(payload: Readonly<Record<string, unknown>>): number {
  const { mempool_size, height, old_tip, timeout_seconds, action_id } = payload;
  return Number(mempool_size ?? height ?? old_tip ?? timeout_seconds ?? action_id ?? 0);
}

/** A payload that carries its number and makes the frame at least `padBytes` long. */
export function nodePayload<T extends PublishedType>(
  type: T,
  serial: number,
  padBytes: number,
  isUnencodable: boolean,
): EventPayload<T> {
  const pad = padOf(padBytes);
  const given: Record<PublishedType, object> = {
    MempoolTransactionAdded: { tx_hash: pad, fee_rate: serial / 4, mempool_size: serial },
    NewBlock: { block_hash: pad, height: serial },
    ChainReorg: { old_tip: String(serial), new_tip: pad },
    DataMaintenance: {
      operation: "flush",
      urgency: serial % 3 === 0 ? "high" : "low",
      reason: pad,
      timeout_seconds: serial,
    },
  };
  return {
    ...given[type],
    ...(isUnencodable ? { unencodable: () => serial } : {}),
  } as unknown as EventPayload<T>;
}

/** Made once per size: a story publishes hundreds of them. */
function padOf(bytes: number): string {
  const known = pads.get(bytes);
  if (known !== undefined) return known;
  const made = Buffer.alloc(bytes, "ab").toString("latin1");
  pads.set(bytes, made);
  return made;
}
const pads = new Map<number, string>();

export function modulePayload(serial: number, padBytes: number): EventPayload<"ActionExecuted"> {
  return { action_id: String(serial), action_type: "x".repeat(padBytes), target: "all", success: true };
}
