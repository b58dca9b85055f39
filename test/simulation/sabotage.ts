import type { EventBus } from "../../src/bus/index.js";
import type { HostEndHandlers, Transport } from "../../src/ipc/index.js";
import type { ModuleName } from "./story.js";

/** Seams where a test plants a bug to see it found; {@link noSabotage} changes nothing. */
export interface Sabotage {
  transport(module: ModuleName, transport: Transport): Transport;
  body(module: ModuleName, body: readonly unknown[]): readonly unknown[];
  handlers(module: ModuleName, handlers: HostEndHandlers, bus: EventBus): HostEndHandlers;
}

export const noSabotage: Sabotage = {
  transport: (_module, transport) => transport,
  body: (_module, body) => body,
  handlers: (_module, handlers) => handlers,
};
