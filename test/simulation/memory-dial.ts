import { ipcErrors } from "../../src/ipc/errors.js";
import type { Transport } from "../../src/ipc/transport.js";

/** Paths that somebody listens on; a simulation opens and closes its own. */
export const simulatedPaths = new Map<string, () => Transport | undefined>();

/** Stands in for the dialling of sockets: the same names, paths in memory, no chance. */
export function dialPath(path: string): Promise<Transport> {
  const transport = simulatedPaths.get(path)?.();
  if (transport !== undefined) return Promise.resolve(transport);
  return Promise.reject(ipcErrors.CONNECTION_CLOSED({ reason: `${path}: ENOENT` }, { retryable: true }));
}

export function dialDescriptor(): Transport {
  throw new TypeError("a simulated module has no descriptor");
}

export function reconnectDelayMs(attempt: number): number {
  return Math.min(80, 5 * 2 ** attempt);
}
