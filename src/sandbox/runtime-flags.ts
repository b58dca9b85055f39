import { heapArgs } from "./heap-limit.js";
import type { Machine } from "./machine.js";

/**
 * How the runtime is started for a module in a sandbox:
 * - the heap ends before the kernel refuses memory, so that it dies with a message that names the heap;
 * - text is never run as code (`eval`, `new Function`): what a module reads from the wire stays data;
 * - `__proto__` is no way to another object's prototype.
 * @param memoryBytes undefined where nothing limits it
 * @see `node --v8-options` and https://nodejs.org/api/cli.html
 */
export function runtimeFlags(memoryBytes: number | undefined, machine: Machine): readonly string[] {
  const hardening = ["--disallow-code-generation-from-strings", "--disable-proto=delete"];
  return [...heapArgs(memoryBytes, machine), ...hardening];
}
